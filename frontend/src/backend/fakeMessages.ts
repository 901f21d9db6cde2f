import { ago, chats, me, messageRow, person } from "./fakeData";
import type { Event, MarkupNode, MessageRow } from "./types";

/** messagesOf returns the seeded messages of a chat: one of each kind in "t1", a plain talk elsewhere. */
export function messagesOf(chat: string): MessageRow[] {
	return chat === "t1" ? showcase() : talk(chat);
}

const sentences = [
	"Morning! The customer called again about the leak.",
	"I saw the photos. It is the gasket between tank and pump.",
	"Do we have one in stock?",
	"Two left in Lyon, none in Paris.",
	"Then please reserve one for this case.",
	"Done. It leaves the depot today.",
	"Great, I will tell the customer.",
];

function talk(chat: string): MessageRow[] {
	const row = chats.find((c) => c.id === chat);
	const others = row?.people ?? [];
	const rows = sentences.map((plain, i) => {
		const from = i % 2 ? me : (others[i % Math.max(1, others.length)] ?? me);
		return messageRow({ chat, id: `${chat}-${i}`, from, plain, time: ago(60 * (30 - i * 3)) });
	});
	if (row?.lastText) {
		const from = row.lastMine ? me : (others.find((o) => o.name === row.lastFrom) ?? me);
		rows.push(messageRow({ chat, id: `${chat}-last`, from, plain: row.lastText, time: row.time }));
	}
	return rows;
}

function showcase(): MessageRow[] {
	const chat = "t1";
	const diego = person("u-diego");
	const megan = person("u-megan");
	const omar = person("u-omar");
	const say = (id: string, minutes: number, part: Partial<MessageRow>) =>
		messageRow({ chat, id, time: ago(minutes), ...part });
	const old = Array.from({ length: 24 }, (_, i) =>
		say(`old${String(i).padStart(2, "0")}`, 60 * 24 * 3 - i * 7, {
			from: [diego, me, megan][i % 3] ?? me,
			plain: sentences[i % sentences.length] ?? "",
		}),
	);
	return [
		...old,
		say("m01", 60 * 26, {
			event: event("membersAdded", "Lee Gu", ["Omar Bennett"]),
			from: { id: "", name: "", guest: false },
		}),
		say("m02", 60 * 25, { from: megan, plain: lists, body: listBody }),
		say("m03", 60 * 25 - 4, { from: megan, plain: "SELECT …", body: codeBody }),
		say("m04", 60 * 24, {
			plain: "Perfect, that helps a lot.",
			reacts: [
				{ emoji: "👍", names: ["Megan Bowen", "Diego Siciliani"], mine: false },
				{ emoji: "❤️", names: ["Adele Vance"], mine: true },
			],
		}),
		say("m05", 200, {
			event: event("chatRenamed", "Adele Vance", [], "Leaking gasket · CAS-09792"),
		}),
		say("m06", 190, { from: omar, plain: "The part number is on the label.", edited: ago(180) }),
		say("m07", 188, { from: omar, plain: "", deleted: true, body: [] }),
		say("m08", 120, {
			plain: "See this, please",
			quotes: [
				{
					messageID: "m06",
					from: "Omar Bennett",
					text: "The part number is on the label.",
					time: ago(190),
					forwarded: false,
				},
			],
			files: [{ id: "f1", name: "Label.pdf", type: "pdf" }],
		}),
		say("m09", 90, { from: diego, plain: "Link", body: linkBody, importance: "high" }),
		say("m10", 60, { from: megan, plain: "Photo of the gasket", body: imageBody }),
		say("m11", 5, {
			from: diego,
			plain: "Adele Vance can you confirm the address?",
			mentionsMe: true,
			body: [
				{
					t: "p",
					children: [
						{ t: "mention", text: "Adele Vance", user: me.id, me: true },
						{ t: "text", text: " can you confirm the address?" },
					],
				},
			],
		}),
		say("m12", 3, {
			from: diego,
			plain: "I can be there at three if the spare part leaves the depot today",
		}),
	];
}

function event(kind: string, by: string, names: string[], topic = ""): Event {
	return { kind, by, byApp: false, names, me: false, topic, history: kind === "membersAdded" };
}

const t = (text: string): MarkupNode => ({ t: "text", text });
const item = (text: string): MarkupNode => ({ t: "item", children: [t(text)] });

const lists = "Before you go: power off, drain the tank, bring the torque key";

const listBody: MarkupNode[] = [
	{ t: "p", children: [t("Before you go, "), { t: "b", children: [t("please check")] }, t(":")] },
	{
		t: "list",
		ordered: true,
		start: 1,
		children: [item("Power is off"), item("Tank is drained"), item("Torque key 12 Nm in the car")],
	},
	{ t: "quote", children: [t("Never loosen the ring while it is warm.")] },
];

const codeBody: MarkupNode[] = [
	{ t: "p", children: [t("The query is "), { t: "code", children: [t("statecode = 0")] }, t(":")] },
	{
		t: "pre",
		lang: "sql",
		children: [t("SELECT TOP 5 incidentid, title\nFROM incident\nWHERE statecode = 0")],
	},
];

const linkBody: MarkupNode[] = [
	{
		t: "p",
		children: [
			t("The manual: "),
			{
				t: "link",
				url: "https://docs.contoso.com/smart-brew-300/gasket",
				children: [t("docs.contoso.com/smart-brew-300/gasket")],
			},
		],
	},
];

const imageBody: MarkupNode[] = [
	{ t: "p", children: [t("Photo of the gasket")] },
	{ t: "image", media: "h/photo", alt: "Worn gasket", width: 480, height: 320 },
];
