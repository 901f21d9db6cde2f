import type { Member } from "../../backend/types";

/** Candidate is somebody who can be mentioned. */
export interface Candidate {
	id: string;
	name: string;
	/** Entra object id, "" for everyone. */
	user: string;
	everyone: boolean;
	email: string;
}

const most = 8;

/**
 * candidates finds members whose name has a word that begins with the query;
 * case and accents do not count. Everyone comes last. Nobody mentions himself.
 */
export function candidates(
	members: readonly Member[],
	query: string,
	everyone: string,
): Candidate[] {
	const wanted = fold(query.trim());
	const found = members
		.filter((m) => !m.me && m.name !== "" && begins(fold(m.name), wanted))
		.map((m) => ({ id: m.id, name: m.name, user: m.id, everyone: false, email: m.email }))
		.sort((a, b) => a.name.localeCompare(b.name))
		.slice(0, most);
	if (members.length > 2 && begins(fold(everyone), wanted)) {
		found.push({ id: "everyone", name: everyone, user: "", everyone: true, email: "" });
	}
	return found;
}

function begins(name: string, query: string): boolean {
	return name.startsWith(query) || name.includes(` ${query}`);
}

function fold(text: string): string {
	return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
