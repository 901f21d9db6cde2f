import * as data from "./fakeData";
import type { Account, Diagnostics, Health, Settings } from "./types";

/** How the pane is set at first. */
export const settings: Settings = {
	language: "",
	theme: "system",
	zoom: 100,
	enterSends: true,
	onTop: false,
	locked: [],
	folded: [],
	hintsSeen: [],
};

/** Who is signed in. */
export const account: Account = {
	phase: "signedIn",
	id: data.me.id,
	name: data.me.name,
	email: "adele@contoso.com",
	environment: data.environment,
	environments: [
		{ url: data.environment, name: "Contoso Service" },
		{ url: "https://contoso-test.crm4.dynamics.com", name: "Contoso Test" },
	],
	persistent: true,
	deviceCode: "",
	deviceURL: "",
	deviceAllowed: true,
	unsent: 0,
	problem: null,
};

/** The connection at first. */
export const health: Health = {
	connection: "online",
	since: "",
	checked: "",
	syncing: false,
	warnings: [],
	pending: 0,
	parked: 0,
	budget: 240,
	used: 37,
};

/** Presence of the whole company. */
export const presences = data.people.map((p, i) => ({
	user: p.id,
	availability: ["Away", "Available", "Busy", "DoNotDisturb", "Offline"][i % 5] ?? "",
}));

/** diagnostics returns a report with something wrong in it. */
export function diagnostics(): Diagnostics {
	return {
		version: "0.1.0",
		system: "Linux 6.1, x64",
		engine: "WebKitGTK 2.46",
		feeds: [
			{ name: "chats", last: data.ago(1), next: data.ago(-1), problem: "", request: "" },
			{
				name: "links",
				last: data.ago(4),
				next: data.ago(-1),
				problem: "throttled",
				request: "5b1c2f0e-7a52-4c31",
			},
		],
		errors: [
			{ time: data.ago(4), where: "dataverse", code: "throttled", request: "5b1c2f0e-7a52-4c31" },
		],
		scopes: [
			{ name: "Chat.ReadWrite", granted: true, need: "read", link: "" },
			{
				name: "Presence.Read.All",
				granted: false,
				need: "presence",
				link: "https://login.example",
			},
		],
		budget: 240,
		used: 37,
		store: [
			{ name: "chats", value: "28" },
			{ name: "messages", value: "412" },
		],
	};
}
