import type {
	ChatRecord,
	ChatRow,
	LockedRow,
	MarkupNode,
	MessageRow,
	Person,
	PersonRef,
	RecordRow,
} from "./types";

/** The seeded company of the fake backend: enough of everything a screen can show. */

export const environment = "https://contoso.crm4.dynamics.com";

export const me: PersonRef = { id: "u-adele", name: "Adele Vance", guest: false };

const names: [string, string, string][] = [
	["u-diego", "Diego Siciliani", "Field engineer"],
	["u-lee", "Lee Gu", "Supervisor"],
	["u-megan", "Megan Bowen", "Knowledge manager"],
	["u-omar", "Omar Bennett", "Parts desk"],
	["u-johanna", "Johanna Lorenz", "Logistics"],
	["u-elvia", "Elvia Atkins", "Field engineer"],
	["u-celeste", "Celeste Burton", "Escalations"],
	["u-pradeep", "Pradeep Gupta", "Billing"],
	["u-isaiah", "Isaiah Langer", "Agent"],
	["u-layla", "ليلى حداد", "Agent"],
	["u-yuki", "佐藤 由紀", "Partner desk"],
	["u-nestor", "Nestor Wilke (Fabrikam)", "Partner"],
];

export const people: Person[] = names.map(([id, name, jobTitle]) => ({
	id,
	name,
	email: `${id.slice(2)}@contoso.com`,
	jobTitle,
	guest: id === "u-nestor",
}));

/** person returns someone in passing. */
export function person(id: string): PersonRef {
	const found = people.find((p) => p.id === id);
	return found ? { id, name: found.name, guest: found.guest } : me;
}

/** ago returns the time so many minutes before now. */
export function ago(minutes: number): string {
	return new Date(Date.now() - minutes * 60_000).toISOString();
}

const caseNames: [string, string, string, string][] = [
	["c1", "Leaking gasket on Smart Brew 300", "CAS-09792-S4D7", "Fabrikam, Inc."],
	["c2", "Refund for order 4471", "CAS-05931-T0X2", "Northwind Traders"],
	["c3", "Warranty claim for thermostat", "CAS-09019-Y7K1", "Contoso Café Lyon"],
	["c4", "Shipment delayed at Rotterdam", "CAS-02895-P1N8", "Adventure Works"],
	["c5", "Login loop after update", "CAS-01028-E0Q3", "Wide World Importers"],
];

/** recordKey returns the key of a seeded case. */
export function recordKey(id: string): string {
	return `${environment}|incident|${id}`;
}

export const records: RecordRow[] = caseNames.map(([id, name, number, customer], i) => ({
	key: recordKey(id),
	table: "incident",
	typeName: "Case",
	id,
	name,
	number,
	owner: i % 2 ? "Lee Gu" : me.name,
	mine: i % 2 === 0,
	open: true,
	status: i === 3 ? "Waiting for details" : "In progress",
	customer,
	priority: i === 0 ? "High" : "Normal",
	deadline: ago(-60 * (5 + i * 20)),
	modified: ago(40 * (i + 1)),
	url: `${environment}/main.aspx?etn=incident&id=${id}&pagetype=entityrecord`,
	state: "ready",
	problem: null,
	enabled: true,
	enabledWhy: "",
	unread: i === 0 ? 2 : 0,
}));

/** linkTo returns a live link of a chat to a seeded case. */
export function linkTo(id: string, part: Partial<ChatRecord> = {}): ChatRecord {
	const record = records.find((r) => r.id === id);
	return {
		key: recordKey(id),
		name: record?.name ?? id,
		number: record?.number ?? "",
		table: "incident",
		pending: "",
		parked: "",
		op: "",
		unlink: true,
		why: "",
		confirm: false,
		by: me.name,
		at: ago(3000),
		...part,
	};
}

const blank: ChatRow = {
	id: "",
	kind: "group",
	title: "",
	topic: "",
	webURL: "https://teams.microsoft.com/l/chat/0/0",
	people: [],
	members: 3,
	search: "",
	time: "",
	lastFrom: "",
	lastMine: false,
	lastText: "",
	lastGone: false,
	lastEvent: null,
	unread: false,
	importance: "normal",
	waiting: false,
	mentioned: false,
	draft: "",
	failed: 0,
	pending: 0,
	records: [],
	removed: false,
};

/** chatRow completes what is said of a chat. */
export function chatRow(part: Partial<ChatRow> & { id: string; title: string }): ChatRow {
	const row = { ...blank, topic: part.title, ...part };
	const all = [row.title, ...row.people.map((p) => p.name)].join(" ");
	return { ...row, search: all.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase() };
}

const p = (...ids: string[]) => ids.map((id) => person(`u-${id}`));

/** The chats, in the order and with the marks that a list must be able to show. */
export const chats: ChatRow[] = [
	chatRow({
		id: "t1",
		title: "Leaking gasket · CAS-09792",
		people: p("diego", "megan", "omar"),
		members: 4,
		time: ago(3),
		lastFrom: "Diego Siciliani",
		lastText: "I can be there at three if the spare part leaves the depot today",
		unread: true,
		waiting: true,
		mentioned: true,
		records: [linkTo("c1")],
	}),
	chatRow({
		id: "t2",
		title: "Spare part for Lyon",
		people: p("omar", "johanna"),
		members: 3,
		time: ago(58),
		lastFrom: "Omar Bennett",
		lastText: "Two gaskets left in stock, one reserved for you",
		unread: true,
		waiting: true,
		importance: "high",
		records: [linkTo("c1"), linkTo("c3")],
	}),
	chatRow({
		id: "t3",
		title: "Fabrikam on-site visit",
		people: p("elvia", "nestor"),
		members: 3,
		time: ago(300),
		lastFrom: me.name,
		lastMine: true,
		lastText: "Thanks, the customer confirmed Friday",
		draft: "One more thing about the access badge",
		records: [linkTo("c1", { unlink: false, why: "notOwner", by: "Lee Gu" })],
	}),
	chatRow({
		id: "t4",
		title: "Refund for order 4471",
		people: p("lee", "pradeep"),
		time: ago(96),
		lastFrom: "Lee Gu",
		lastText: "Approved, please tell the customer it takes five working days",
		unread: true,
		waiting: true,
		importance: "urgent",
		records: [linkTo("c2")],
	}),
	chatRow({
		id: "t5",
		title: "Warranty claim Thermostat",
		people: p("megan", "yuki", "isaiah"),
		members: 5,
		time: ago(60 * 27),
		lastFrom: "佐藤 由紀",
		lastText: "シリアル番号を確認しました。ありがとうございます。",
		records: [linkTo("c3", { pending: "link" })],
	}),
	chatRow({
		id: "t6",
		title: "Shipment delayed at Rotterdam",
		people: p("johanna", "lee"),
		time: ago(60 * 52),
		lastFrom: "Johanna Lorenz",
		lastText: "Customs released the container this morning",
		failed: 1,
		records: [linkTo("c4")],
	}),
	chatRow({
		id: "t7",
		kind: "oneOnOne",
		title: "Diego Siciliani",
		topic: "",
		people: p("diego"),
		members: 2,
		time: ago(12),
		lastFrom: "Diego Siciliani",
		lastText: "Lunch at half past twelve?",
		waiting: true,
		unread: true,
	}),
	chatRow({
		id: "t8",
		kind: "oneOnOne",
		title: "ليلى حداد",
		topic: "",
		people: p("layla"),
		members: 2,
		time: ago(130),
		lastFrom: "ليلى حداد",
		lastText: "شكراً جزيلاً، سأتصل بالعميل غداً",
	}),
	chatRow({
		id: "t9",
		kind: "meeting",
		title: "Weekly case review",
		people: p("lee", "celeste", "isaiah"),
		members: 9,
		time: ago(60 * 26),
		lastEvent: {
			kind: "callEnded",
			by: "",
			byApp: false,
			names: [],
			me: false,
			topic: "",
			history: false,
		},
	}),
	chatRow({
		id: "t10",
		title: "Escalations desk",
		people: p("celeste", "lee"),
		members: 12,
		time: ago(60 * 75),
		lastFrom: "Celeste Burton",
		lastGone: true,
	}),
	...Array.from({ length: 18 }, (_, i) =>
		chatRow({
			id: `o${i}`,
			kind: "oneOnOne",
			title: people[i % people.length]?.name ?? "",
			topic: "",
			people: [person(people[i % people.length]?.id ?? "")],
			members: 2,
			time: ago(60 * (80 + i * 31)),
			lastFrom: i % 3 ? (people[i % people.length]?.name ?? "") : me.name,
			lastMine: i % 3 === 0,
			lastText:
				["Thank you!", "I will look into it tomorrow", "See the attached photos"][i % 3] ?? "",
		}),
	),
];

export const locked: LockedRow[] = [
	{
		id: "l1",
		chat: "x1",
		record: recordKey("c1"),
		name: "Gasket recall · internal",
		by: "Celeste Burton",
		at: ago(60 * 30),
		why: ["noCompanion"],
	},
	{
		id: "l2",
		chat: "x2",
		record: recordKey("c1"),
		name: "Quality and suppliers",
		by: "Megan Bowen",
		at: ago(60 * 24 * 9),
		why: ["joinOff", "noWrite"],
	},
	{
		id: "l3",
		chat: "x3",
		record: recordKey("c2"),
		name: "Invoice questions",
		by: "Celeste Burton",
		at: ago(60 * 5),
		why: [],
	},
	{
		id: "l4",
		chat: "x4",
		record: recordKey("c2"),
		name: "Credit note",
		by: "Megan Bowen",
		at: ago(60 * 50),
		why: [],
	},
];

const text = (value: string): MarkupNode => ({ t: "text", text: value });

/** paragraph returns a body of one paragraph. */
export function paragraph(value: string): MarkupNode[] {
	return [{ t: "p", children: [text(value)] }];
}

let revision = 0;

/** messageRow completes what is said of a message. */
export function messageRow(part: Partial<MessageRow> & { chat: string; id: string }): MessageRow {
	revision += 1;
	const time = part.time ?? ago(0);
	const plain = part.plain ?? "";
	return {
		rev: revision,
		sort: `${time}~${part.id}`,
		from: me,
		me: (part.from ?? me).id === me.id,
		app: false,
		edited: "",
		deleted: false,
		blocked: false,
		body: paragraph(plain),
		event: null,
		quotes: [],
		files: [],
		reacts: [],
		importance: "normal",
		mentionsMe: false,
		state: "",
		reason: "",
		op: "",
		...part,
		time,
		plain,
	};
}
