import type { Api } from "../../backend/api";
import type { ChatRecord, ChatRow, RecordRow } from "../../backend/types";
import { recordIcon } from "../../components/icon/records";
import type { MenuGroup, MenuItem } from "../../components/menu/Menu";
import type { StartForm } from "../../model/views";
import type { Words } from "../../text/words";
import { typeWord } from "./typeWord";

/** ChatMenuSource is what the menu of a chat is made from. */
export interface ChatMenuSource {
	row: ChatRow;
	/** The open record, undefined at home. */
	record: RecordRow | undefined;
	words: Words;
	api: Api;
	run: (call: Promise<unknown>) => void;
	onStart: (form: StartForm) => void;
	/** Narrows the list, at home. */
	onFilter?: (text: string) => void;
}

/** chatMenu returns what can be done with a chat; what cannot says why. */
export function chatMenu(source: ChatMenuSource): MenuGroup[] {
	const { row, words, api, run } = source;
	const { t } = words;
	const connecting = [...connectItems(source), ...recordItems(source)];
	const chat: MenuItem[] = row.unread
		? [
				{
					id: "markRead",
					icon: "read",
					label: t("chatlist.menu.markRead"),
					onPress: () => run(api.markRead(row.id)),
				},
			]
		: [
				{
					id: "markUnread",
					icon: "unread",
					label: t("chatlist.menu.markUnread"),
					onPress: () => run(api.markUnread(row.id)),
				},
			];
	chat.push(
		{
			id: "copyLink",
			icon: "copy",
			label: t("chatlist.menu.copyLink"),
			onPress: () => run(api.copyText(row.webURL)),
		},
		{
			id: "openInTeams",
			icon: "open",
			label: t("chatlist.menu.openInTeams"),
			onPress: () => run(api.openInTeams(row.id)),
		},
	);
	return [
		...(connecting.length > 0 ? [{ id: t("chatlist.menu.records"), items: connecting }] : []),
		{ id: t("chatlist.label"), items: chat },
	];
}

/** connectItems are the ways to connect to, or disconnect from, the open record. */
function connectItems(source: ChatMenuSource): MenuItem[] {
	const { row, record, words } = source;
	if (!record) return [];
	const link = row.records.find((r) => r.key === record.key);
	if (link?.parked) return parkedItems(source, link);
	if (link) return [...confirmItem(source, record, link), disconnectItem(source, record, link)];
	const { t } = words;
	const person = row.people[0];
	const disabled = record.enabled
		? {}
		: {
				disabled: true,
				note: words.code("enabled", record.enabledWhy, { type: record.typeName }),
			};
	if (row.kind === "oneOnOne" && person) {
		return [
			{
				id: "startWith",
				icon: "newChat",
				label: t("chatlist.menu.startWith", { name: person.name }),
				onPress: () => source.onStart({ record: record.key, people: [person], quoteFrom: row.id }),
				...disabled,
			},
		];
	}
	return [
		{
			id: "connect",
			icon: "connect",
			label: t("chatlist.menu.connect", { type: typeWord(words, record.typeName) }),
			onPress: () => source.run(source.api.connect(row.id, record.key)),
			...disabled,
			...(row.kind === "group" ? {} : { disabled: true, note: t("chatlist.menu.onlyGroups") }),
		},
	];
}

/** confirmItem lets a member vouch for a connection that a stranger made or changed. */
function confirmItem(source: ChatMenuSource, record: RecordRow, link: ChatRecord): MenuItem[] {
	if (!link.confirm) return [];
	return [
		{
			id: "confirm",
			icon: "check",
			label: source.words.t("chatlist.menu.confirm"),
			note: source.words.t("chatlist.menu.confirmMeans"),
			onPress: () => source.run(source.api.confirm(source.row.id, record.key)),
		},
	];
}

function disconnectItem(source: ChatMenuSource, record: RecordRow, link: ChatRecord): MenuItem {
	const { row, words, api, run } = source;
	const why =
		link.pending !== "" ? words.t("chatlist.menu.waiting") : words.code("unlink", link.why);
	return {
		id: "disconnect",
		icon: "disconnect",
		label: words.t("chatlist.menu.disconnect", { type: typeWord(words, record.typeName) }),
		onPress: () => run(api.disconnect(row.id, record.key)),
		...(link.unlink && link.pending === "" ? {} : { disabled: true, note: why }),
	};
}

/** parkedItems let the user decide about a connection the server refused. */
function parkedItems({ words, api, run }: ChatMenuSource, link: ChatRecord): MenuItem[] {
	const note = words.code("problem", link.parked, {}, "what");
	const retry = link.pending === "unlink" ? "chatlist.menu.retryUnlink" : "chatlist.menu.retry";
	return [
		{
			id: "retry",
			icon: "refresh",
			label: words.t(retry),
			note,
			onPress: () => run(api.retry(link.op)),
		},
		{
			id: "discard",
			icon: "close",
			label: words.t("chatlist.menu.discard"),
			onPress: () => run(api.discard(link.op)),
		},
	];
}

/** recordItems lead to the records a chat is connected to. */
function recordItems({ row, words, api, run, onFilter }: ChatMenuSource): MenuItem[] {
	if (row.records.length === 0) return [];
	const only: MenuItem[] = row.records.map((r) => ({
		id: `only ${r.key}`,
		icon: "search",
		label: words.t("chatlist.menu.onlyRecord", { name: r.number || r.name }),
		onPress: () => onFilter?.(r.number || r.name),
	}));
	return [
		{
			id: "records",
			icon: "case",
			label: words.t("chatlist.menu.records"),
			items: row.records.map((r) => ({
				id: `record ${r.key}`,
				icon: recordIcon(r.table),
				label: r.name || r.number,
				...(r.number === "" ? {} : { note: r.number }),
				onPress: () => run(api.openRecord(r.key)),
			})),
		},
		...(onFilter ? only : []),
	];
}
