import { describe, expect, it, vi } from "vitest";
import { Fake } from "../../backend/fake";
import { chatRow, linkTo, person, records } from "../../backend/fakeData";
import type { ChatRow, RecordRow } from "../../backend/types";
import type { MenuItem } from "../../components/menu/Menu";
import { english } from "../../test/render";
import { chatMenu } from "./chatMenu";

const record = records[0] as RecordRow;

function menu(row: Partial<ChatRow>, open: RecordRow | null = record) {
	const fake = new Fake();
	const onStart = vi.fn();
	const onFilter = vi.fn();
	const chat = chatRow({ id: "a", title: "A", ...row });
	fake.chats.set(chat.id, chat);
	const groups = chatMenu({
		row: chat,
		record: open ?? undefined,
		words: english,
		api: fake.api,
		run: () => undefined,
		onStart,
		...(open ? {} : { onFilter }),
	});
	const items = groups.flatMap((g) => g.items);
	const item = (label: string) => items.find((i) => i.label === label) as MenuItem;
	return { fake, onStart, onFilter, item, labels: items.map((i) => i.label) };
}

describe("the menu of a chat", () => {
	it("connects a group to the open record", () => {
		const m = menu({});
		m.item("Connect to this case").onPress?.();
		expect(m.fake.calls[0]).toEqual({ method: "connect", args: ["a", record.key] });
	});

	it("does not connect a meeting's chat, and says why", () => {
		expect(menu({ kind: "meeting" }).item("Connect to this case")).toMatchObject({
			disabled: true,
			note: expect.stringContaining("Meeting"),
		});
	});

	it("offers to start a connected chat instead of connecting a 1:1 chat", () => {
		const m = menu({ kind: "oneOnOne", people: [person("u-diego")] });
		expect(m.labels).not.toContain("Connect to this case");
		m.item("Start a connected chat with Diego Siciliani").onPress?.();
		expect(m.onStart).toHaveBeenCalledWith({
			record: record.key,
			people: [person("u-diego")],
			quoteFrom: "a",
		});
	});

	it("says that a record's type is not enabled, and whom to ask", () => {
		const off = { ...record, enabled: false, enabledWhy: "typeNotEnabled" };
		expect(menu({}, off).item("Connect to this case")).toMatchObject({
			disabled: true,
			note: expect.stringContaining("administrator"),
		});
	});

	it("disconnects where that is allowed", () => {
		const m = menu({ records: [linkTo("c1")] });
		m.item("Disconnect from this case").onPress?.();
		expect(m.fake.calls[0]).toEqual({ method: "disconnect", args: ["a", record.key] });
	});

	it("says why disconnecting is not allowed", () => {
		const m = menu({ records: [linkTo("c1", { unlink: false, why: "notOwner" })] });
		expect(m.item("Disconnect from this case")).toMatchObject({
			disabled: true,
			note: expect.stringContaining("owner"),
		});
	});

	it("lets the user decide about a connection that the server refused", () => {
		const m = menu({
			records: [linkTo("c1", { pending: "link", parked: "forbidden", op: "op7" })],
		});
		expect(m.item("Try again to connect").note).toBe("You may not do that");
		m.item("Give it up").onPress?.();
		expect(m.fake.calls[0]).toEqual({ method: "discard", args: ["op7"] });
	});

	it("leads to every record the chat is connected to", () => {
		const m = menu({ records: [linkTo("c2"), linkTo("c3")] });
		const [first, second] = m.item("Connected records").items ?? [];
		expect([first?.label, second?.label]).toEqual([
			"Refund for order 4471",
			"Warranty claim for thermostat",
		]);
		second?.onPress?.();
		expect(m.fake.calls[0]).toMatchObject({ method: "openRecord" });
	});

	it("narrows the list at home to the chats of a record", () => {
		const m = menu({ records: [linkTo("c2")] }, null);
		const [only] = m.labels.filter((l) => l.startsWith("Show only chats of"));
		m.item(only ?? "").onPress?.();
		expect(m.onFilter).toHaveBeenCalledWith(linkTo("c2").number || linkTo("c2").name);
	});

	it("says nothing of connecting at home", () => {
		expect(menu({}, null).labels).toEqual(["Mark as unread", "Copy link", "Open in Teams"]);
	});
});
