import { describe, expect, it } from "vitest";
import { toRows } from "./rows";
import { message } from "./testmessage";

const at = (minute: number, day = 3) => new Date(2026, 10, day, 9, minute).toISOString();
const from = (id: string) => ({ id, name: id, guest: false });

/** shape writes rows as one word each: d(ay), n(ew), and [first..last] of a group. */
const shape = (...args: Parameters<typeof toRows>) =>
	toRows(...args)
		.slice(1)
		.map((r) =>
			r.t === "message" ? `${r.first ? "[" : ""}${r.message.id}${r.last ? "]" : ""}` : r.t,
		);

describe("toRows", () => {
	it("groups a sender's messages within five minutes of each other", () => {
		const rows = shape(
			[
				message({ id: "a", from: from("u"), time: at(0) }),
				message({ id: "b", from: from("u"), time: at(4) }),
				message({ id: "c", from: from("u"), time: at(8) }),
				message({ id: "d", from: from("u"), time: at(13) }),
				message({ id: "e", from: from("v"), time: at(13) }),
			],
			"",
		);
		expect(rows).toEqual(["day", "[a", "b", "c]", "[d]", "[e]"]);
	});

	it("divides days where the user is, and ends the group there", () => {
		const rows = shape(
			[
				message({ id: "a", time: new Date(2026, 10, 3, 23, 59).toISOString() }),
				message({ id: "b", time: new Date(2026, 10, 4, 0, 1).toISOString() }),
			],
			"",
		);
		expect(rows).toEqual(["day", "[a]", "day", "[b]"]);
	});

	it("tells the days of messages that do not come in the order of their times", () => {
		const on = (id: string, day: number) => message({ id, time: at(0, day) });
		expect(shape([on("a", 3), on("b", 4), on("c", 3), on("d", 3)], "")).toEqual([
			"day",
			"[a]",
			"day",
			"[b]",
			"day",
			"[c",
			"d]",
		]);
	});

	it("sets the divider before the first unread message, after the day's", () => {
		const messages = [message({ id: "a", time: at(0) }), message({ id: "b", time: at(1) })];
		expect(shape(messages, "b")).toEqual(["day", "[a]", "new", "[b]"]);
		expect(shape(messages, "a")).toEqual(["day", "new", "[a", "b]"]);
		expect(shape(messages, "gone")).toEqual(["day", "[a", "b]"]);
	});

	it("never groups system messages, nor own echoes with others' messages", () => {
		const event = {
			kind: "callStarted",
			by: "",
			byApp: false,
			names: [],
			me: false,
			topic: "",
			history: false,
		};
		const rows = shape(
			[
				message({ id: "a", time: at(0) }),
				message({ id: "b", time: at(1), event }),
				message({ id: "c", time: at(2) }),
				message({ id: "d", time: at(2), me: true }),
			],
			"",
		);
		expect(rows).toEqual(["day", "[a]", "[b]", "[c]", "[d]"]);
	});

	it("keeps keys when older messages come before", () => {
		const old = message({ id: "a", time: at(0) });
		const known = message({ id: "b", time: at(1) });
		const before = toRows([known], "").map((r) => r.key);
		const after = toRows([old, known], "").map((r) => r.key);
		expect(after).toEqual([...before.slice(0, 2), "a", "b"]);
	});

	it("counts positions over messages only", () => {
		const rows = toRows(
			[message({ id: "a", time: at(0) }), message({ id: "b", time: at(0, 4) })],
			"b",
		);
		expect(rows.flatMap((r) => (r.t === "message" ? [r.position] : []))).toEqual([1, 2]);
	});

	it("end with a line for the newer messages while there are such", () => {
		const known = [message({ id: "a", time: at(0) })];
		expect(toRows(known, "", true).map((r) => r.key)).toEqual([
			...toRows(known, "").map((r) => r.key),
			"end",
		]);
	});
});
