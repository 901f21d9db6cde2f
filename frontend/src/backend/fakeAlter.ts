import type { Api } from "./api";
import type { Edit, MessageRow } from "./types";

/** Altered is what the fake lets be altered. */
interface Altered {
	rows(chat: string): MessageRow[];
	changed(row: MessageRow): void;
	rename(chat: string, topic: string): void;
	op(): string;
	me: string;
}

type Alterations = Pick<
	Api,
	"editMessage" | "deleteMessage" | "restoreMessage" | "react" | "unreact" | "renameChat"
>;

/** alterations are the fake's answers to what alters messages and names; all of it is done at once. */
export function alterations(fake: Altered): Alterations {
	const change = (
		chat: string,
		message: string,
		part: (row: MessageRow) => Partial<MessageRow>,
	) => {
		const rows = fake.rows(chat);
		const at = rows.findIndex((m) => m.id === message);
		const row = rows[at];
		if (row !== undefined) {
			const next = { ...row, ...part(row), rev: row.rev + 1 };
			rows.splice(at, 1, next);
			fake.changed(next);
		}
		return fake.op();
	};
	const others = (row: MessageRow, emoji: string) =>
		row.reacts
			.map((r) =>
				r.emoji === emoji ? { ...r, mine: false, names: r.names.filter((n) => n !== fake.me) } : r,
			)
			.filter((r) => r.names.length > 0);
	return {
		editMessage: async (edit: Edit) => {
			const plain = edit.html.replace(/<[^>]+>/g, "");
			return change(edit.chat, edit.message, () => ({
				plain,
				body: [{ t: "p", children: [{ t: "text", text: plain }] }],
				edited: new Date().toISOString(),
			}));
		},
		deleteMessage: async (chat, message) => change(chat, message, () => ({ deleted: true })),
		restoreMessage: async (chat, message) => change(chat, message, () => ({ deleted: false })),
		react: async (chat, message, emoji) =>
			change(chat, message, (row) => {
				const rest = others(row, emoji);
				const there = rest.find((r) => r.emoji === emoji);
				const mine = { emoji, mine: true, names: [...(there?.names ?? []), fake.me] };
				return { reacts: [...rest.filter((r) => r !== there), mine] };
			}),
		unreact: async (chat, message, emoji) =>
			change(chat, message, (row) => ({ reacts: others(row, emoji) })),
		renameChat: async (chat, topic) => {
			fake.rename(chat, topic);
			return fake.op();
		},
	};
}
