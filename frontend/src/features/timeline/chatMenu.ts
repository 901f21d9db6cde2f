import type { Api } from "../../backend/api";
import type { ChatRow, RecordRow } from "../../backend/types";
import type { MenuGroup, MenuItem } from "../../components/menu/Menu";
import type { StartForm } from "../../model/views";
import type { Words } from "../../text/words";

/** What the menu of a chat is made of. */
export interface ChatMenuOptions {
	row: ChatRow;
	/** The record that is open, if any. */
	record: RecordRow | undefined;
	api: Api;
	intent: (call: Promise<unknown>) => void;
	words: Words;
	onStart: (form: StartForm) => void;
	onSearch?: (() => void) | undefined;
}

/** chatMenu is the menu in a chat's head: its connections, read state, and ways out. */
export function chatMenu(options: ChatMenuOptions): MenuGroup[] {
	const { row, api, intent, words, onSearch } = options;
	const connections = [...connect(options), ...disconnects(options)];
	return [
		...(connections.length > 0 ? [{ id: "connections", items: connections }] : []),
		{
			id: "chat",
			items: [
				...(onSearch
					? [
							{
								id: "search",
								label: words.t("timeline.search"),
								icon: "search",
								onPress: onSearch,
							} as const,
						]
					: []),
				{
					id: "unread",
					label: words.t("timeline.markUnread"),
					icon: "unread",
					onPress: () => intent(api.markUnread(row.id)),
				},
				{
					id: "copy",
					label: words.t("timeline.copyLink"),
					icon: "copy",
					disabled: row.webURL === "",
					onPress: () => intent(api.copyText(row.webURL)),
				},
				{
					id: "teams",
					label: words.t("timeline.openInTeams"),
					icon: "open",
					onPress: () => intent(api.openInTeams(row.id)),
				},
			],
		},
	];
}

/**
 * connect offers the open record, or says why it cannot be connected. A 1:1 chat
 * offers a new group with that person instead, with messages of it quoted.
 */
function connect(options: ChatMenuOptions): MenuItem[] {
	const { row, record, api, intent, words, onStart } = options;
	if (!record || row.records.some((r) => r.key === record.key && r.pending !== "unlink")) return [];
	const type = record.typeName;
	const item = {
		id: "connect",
		label: words.t("timeline.connect", { type }),
		icon: "connect",
	} as const;
	const person = row.people[0];
	if (row.kind === "oneOnOne" && person) {
		const start = {
			id: "startWith",
			label: words.t("timeline.startWith", { name: person.name }),
			icon: "newChat",
		} as const;
		if (!record.enabled) {
			return [
				{ ...start, disabled: true, note: words.code("enabled", record.enabledWhy, { type }) },
			];
		}
		const form = { record: record.key, people: [person], quoteFrom: row.id };
		return [{ ...start, onPress: () => onStart(form) }];
	}
	if (row.kind !== "group") {
		return [{ ...item, disabled: true, note: words.t("timeline.connectGroups") }];
	}
	if (!record.enabled) {
		return [{ ...item, disabled: true, note: words.code("enabled", record.enabledWhy, { type }) }];
	}
	return [{ ...item, onPress: () => intent(api.connect(row.id, record.key)) }];
}

/** disconnects offers each connected record, the open one first. */
function disconnects({ row, record, api, intent, words }: ChatMenuOptions): MenuItem[] {
	return [...row.records]
		.filter((r) => r.pending !== "unlink")
		.sort((a, b) => Number(b.key === record?.key) - Number(a.key === record?.key))
		.map((r) => ({
			id: `disconnect:${r.key}`,
			label: words.t("timeline.disconnect", { name: r.number || r.name }),
			icon: "disconnect",
			...(r.unlink
				? { onPress: () => intent(api.disconnect(row.id, r.key)) }
				: { disabled: true, note: words.code("unlink", r.why) }),
		}));
}
