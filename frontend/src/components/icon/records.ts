import type { IconName } from "./files";

/** recordIcon returns the icon of a Dataverse table. */
export function recordIcon(table: string): IconName {
	switch (table) {
		case "incident":
			return "case";
		case "account":
			return "account";
		case "contact":
			return "contact";
		case "knowledgearticle":
			return "article";
		case "email":
			return "email";
		case "msdyn_ocliveworkitem":
			return "conversation";
		default:
			return "record";
	}
}
