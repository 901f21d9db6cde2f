import type { Api } from "./api";
import type { MessageRow, StartInfo } from "./types";

/** noteInfo is what the form of a new connected chat is told of a case. */
export const noteInfo: StartInfo = {
	record: "",
	autoName: true,
	join: true,
	note: {
		id: "note1",
		on: true,
		body: [
			{
				t: "p",
				children: [
					{
						t: "strong",
						children: [
							{
								t: "link",
								url: "https://contoso.crm.dynamics.com/main.aspx?etn=incident",
								children: [{ t: "text", text: "Case CAS-09792-S4D7: Leaking gasket" }],
							},
						],
					},
				],
			},
			{
				t: "p",
				children: [
					{ t: "strong", children: [{ t: "text", text: "Priority:" }] },
					{ t: "text", text: " High" },
					{ t: "br" },
					{ t: "strong", children: [{ t: "text", text: "Customer:" }] },
					{ t: "text", text: " Fourth Coffee" },
				],
			},
		],
		skipped: [],
		cut: [],
		problem: null,
	},
};

/** starting are the calls of the form of a new chat, on the messages of a fake. */
export function starting(
	rows: (chat: string) => readonly MessageRow[],
): Pick<Api, "prepareStart" | "quotables" | "leaveTwin"> {
	return {
		prepareStart: async (record) => ({ ...noteInfo, record }),
		quotables: async (chat) =>
			rows(chat)
				.filter((m) => m.plain !== "" && m.event === null)
				.map((m) => ({
					id: m.id,
					from: m.from.name,
					me: m.me,
					time: m.time,
					text: m.plain,
					body: [{ t: "quote", children: m.body }],
				})),
		leaveTwin: async () => undefined,
	};
}
