import type { ChatRow, List, LockedRow, Section } from "../../backend/types";
import { fold, matches } from "../../model/fold";

/** SectionKind is one block of the list. */
export type SectionKind = "thisRecord" | "otherRecords" | "linked" | "others" | "extra";

/** Item is one line of the list: a section's head, a chat, or what stands where there are none. */
export type Item =
	| { readonly id: string; readonly kind: "head"; readonly section: Shown }
	| { readonly id: string; readonly kind: "chat"; readonly section: Shown; readonly row: ChatRow }
	| {
			readonly id: string;
			readonly kind: "locked";
			readonly section: Shown;
			readonly row: LockedRow;
	  }
	| { readonly id: string; readonly kind: "blank"; readonly section: Shown }
	| { readonly id: string; readonly kind: "more"; readonly section: Shown }
	| { readonly id: string; readonly kind: "extra"; readonly section: Shown };

/** Shown is a section as the list shows it. */
export interface Shown {
	readonly kind: SectionKind;
	readonly state: "ready" | "loading" | "offline" | "error";
	readonly section: Section;
	readonly folded: boolean;
}

/** Listing is the whole list, and what a filter has to say about itself. */
export interface Listing {
	readonly sections: readonly { readonly shown: Shown; readonly items: readonly Item[] }[];
	/** Chats and locked rows that are shown. */
	readonly rows: number;
	/** Older chats are not loaded, so a filter did not look through them. */
	readonly incomplete: boolean;
}

/** Source is what a listing is made from. */
export interface Source {
	list: List;
	chats: ReadonlyMap<string, ChatRow>;
	links: ReadonlyMap<string, LockedRow>;
	folded: readonly string[];
	filter: string;
	/** Something else stands below the record's own chats; filtering leaves it out. */
	extra?: boolean;
}

const kinds: readonly string[] = ["thisRecord", "otherRecords", "linked", "others"];

/** toListing lays out a list: sections in order, folded ones closed, filtered rows left out. */
export function toListing({ list, chats, links, folded, filter, extra }: Source): Listing {
	const wanted = fold(filter);
	const sections = list.sections
		.filter((s) => kinds.includes(s.kind))
		.map((section) => {
			// While filtering every section is open: a match must not hide in a folded one.
			const shown: Shown = {
				kind: section.kind as SectionKind,
				state: stateOf(section.state),
				section,
				folded: wanted === "" && folded.includes(section.kind),
			};
			const rows: Item[] = [
				...present(section.chats, chats)
					.filter(
						(row) =>
							wanted === "" || matches(row.search, wanted) || ofRecord(row, wanted, list.key),
					)
					.map(
						(row): Item => ({ id: `${section.kind} ${row.id}`, kind: "chat", section: shown, row }),
					),
				...present(section.locked, links)
					.filter((row) => wanted === "" || matches(fold(row.name), wanted))
					.map(
						(row): Item => ({
							id: `${section.kind} ${row.id}`,
							kind: "locked",
							section: shown,
							row,
						}),
					),
			];
			return { shown, rows };
		})
		.filter(({ rows }) => wanted === "" || rows.length > 0)
		.map(({ shown, rows }) => ({ shown, items: withHead(shown, rows, wanted !== "") }));
	if (extra && wanted === "" && sections[0]?.shown.kind === "thisRecord") {
		const shown: Shown = { ...sections[0].shown, kind: "extra", folded: false };
		sections.splice(1, 0, { shown, items: [{ id: "extra", kind: "extra", section: shown }] });
	}
	return {
		sections,
		rows: sections.reduce(
			(n, s) => n + s.items.filter((i) => i.kind === "chat" || i.kind === "locked").length,
			0,
		),
		incomplete: list.sections.some((s) => !s.complete),
	};
}

/** ofRecord reports whether a chat is connected to another record of that name or number. */
function ofRecord(row: ChatRow, wanted: string, here: string): boolean {
	return row.records.some((r) => r.key !== here && matches(fold(`${r.name}\n${r.number}`), wanted));
}

function withHead(shown: Shown, rows: readonly Item[], filtered: boolean): Item[] {
	const head: Item = { id: shown.kind, kind: "head", section: shown };
	if (shown.folded) return [head];
	const items: Item[] = [head, ...rows];
	if (rows.length === 0) items.push({ id: `${shown.kind} blank`, kind: "blank", section: shown });
	if (shown.section.more && !filtered && shown.state === "ready") {
		items.push({ id: `${shown.kind} more`, kind: "more", section: shown });
	}
	return items;
}

function present<T>(ids: readonly string[], rows: ReadonlyMap<string, T>): T[] {
	return ids.flatMap((id) => rows.get(id) ?? []);
}

function stateOf(state: string): Shown["state"] {
	return state === "loading" || state === "offline" || state === "error" ? state : "ready";
}
