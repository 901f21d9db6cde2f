import { act, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { problem } from "../../backend/fake";
import { recordKey } from "../../backend/fakeData";
import { noteInfo } from "../../backend/fakeStart";
import type { Start, StartInfo, StartRow } from "../../backend/types";
import type { StartForm } from "../../model/views";
import { StartView } from "../../StartView";
import { renderPane } from "../../test/render";
import { forbiddenIn, nameFor, namesOf } from "./name";
import { Starting } from "./Starting";

const key = recordKey("c1");
const form: StartForm = { record: key, people: [] };
const noop = () => undefined;

describe("the form of a connected chat", () => {
	it("finds people as one types, and starts the chat", async () => {
		const started = vi.fn();
		const { user, fake } = await renderPane(
			<StartView form={form} onStarted={started} onBack={noop} />,
			{ record: key },
		);
		await user.type(screen.getByRole("combobox", { name: "People" }), "dieg");
		await user.click(await screen.findByRole("option", { name: /Diego/ }));
		await user.click(screen.getByRole("button", { name: "Start chat" }));
		await waitFor(() => expect(started).toHaveBeenCalled());
		expect(fake.calls).toContainEqual({
			method: "startChat",
			args: [
				{
					record: key,
					people: ["u-diego"],
					topic: "Leaking gasket on Smart Brew 300 · CAS-09792-S4D7",
					note: "note1",
					quoteFrom: "",
					quotes: [],
				},
			],
		});
	});

	it("takes the last person away with Backspace", async () => {
		const people = [
			{ id: "u-diego", name: "Diego" },
			{ id: "u-lee", name: "Lee" },
		];
		const { user } = await renderPane(
			<StartView form={{ record: key, people }} onStarted={noop} onBack={noop} />,
			{ record: key },
		);
		await user.click(screen.getByRole("combobox", { name: "People" }));
		await user.keyboard("{Backspace}");
		expect(screen.queryByText("Lee")).toBeNull();
		expect(screen.getByText("Diego")).toBeTruthy();
	});

	it("needs somebody", async () => {
		const { user, fake } = await renderPane(
			<StartView form={form} onStarted={noop} onBack={noop} />,
			{ record: key },
		);
		await user.click(screen.getByRole("button", { name: "Start chat" }));
		expect(screen.getByText("Add at least one person.")).toBeTruthy();
		expect(fake.calls.some((c) => c.method === "startChat")).toBe(false);
	});

	it("refuses a name that Teams refuses, while it is typed", async () => {
		const { user } = await renderPane(<StartView form={form} onStarted={noop} onBack={noop} />, {
			record: key,
		});
		const name = screen.getByRole("textbox", { name: "Chat name" });
		await user.type(name, ": why?");
		expect(screen.getByText("Teams does not allow : ? in a name.")).toBeTruthy();
		await user.clear(name);
		await user.click(name);
		await user.paste("x".repeat(251));
		expect(screen.getByText("At most 250 characters; this has 251.")).toBeTruthy();
	});

	it("keeps what was entered when the chat could not be made", async () => {
		const people = [{ id: "u-diego", name: "Diego" }];
		const { user, fake } = await renderPane(
			<StartView form={{ record: key, people }} onStarted={noop} onBack={noop} />,
			{ record: key },
		);
		fake.fail("startChat", problem("offline", { retry: true }));
		await user.click(screen.getByRole("button", { name: "Start chat" }));
		expect(await screen.findByText("You are offline")).toBeTruthy();
		expect(screen.getByText("Diego")).toBeTruthy();
		fake.fail("startChat", null);
		await user.click(screen.getByRole("button", { name: "Try again" }));
		await waitFor(() => expect(fake.calls.filter((c) => c.method === "startChat")).toHaveLength(2));
	});

	it("takes a suggested person in, and out again", async () => {
		const { user } = await renderPane(<StartView form={form} onStarted={noop} onBack={noop} />, {
			record: key,
		});
		const suggested = await screen.findByRole("group", { name: "Related to this record" });
		const [first] = within(suggested).getAllByRole("checkbox");
		await user.click(first as HTMLElement);
		const chosen = screen.getByRole("list", { name: "Chosen people" });
		expect(within(chosen).getAllByRole("listitem")).toHaveLength(1);
		await user.click(first as HTMLElement);
		expect(screen.queryByRole("list", { name: "Chosen people" })).toBeNull();
	});
});

describe("the introduction note in the form", () => {
	const diego = { record: key, people: [{ id: "u-diego", name: "Diego" }] };
	const begin = async (info: Partial<StartInfo>, form: StartForm = diego) => {
		const started = vi.fn();
		const rendered = await renderPane(<div />, { record: key });
		rendered.fake.api.prepareStart = async () => ({ ...noteInfo, ...info });
		rendered.fake.api.quotables = async () => [
			quotable("m1", "Is it leaking?"),
			quotable("m2", "Yes"),
		];
		rendered.rerenderPane(<StartView form={form} onStarted={started} onBack={noop} />);
		await screen.findByRole("button", { name: "Start chat" });
		const sent = () => rendered.fake.calls.find((c) => c.method === "startChat")?.args[0] as Start;
		return { ...rendered, started, sent };
	};

	it("is seen before it is sent, with what receivers must know", async () => {
		await begin({});
		expect(await screen.findByText(/Fourth Coffee/)).toBeTruthy();
		expect(screen.getByText(/Everyone in the chat sees these values/)).toBeTruthy();
	});

	it("can be left out", async () => {
		const { user, sent } = await begin({});
		await user.click(await screen.findByRole("switch", { name: "Introduction note" }));
		expect(screen.queryByText(/Fourth Coffee/)).toBeNull();
		await user.click(screen.getByRole("button", { name: "Start chat" }));
		await waitFor(() => expect(sent()?.note).toBe(""));
	});

	it("names what could not be shown and what was shortened", async () => {
		const note = { ...noteInfo.note, skipped: ["Image"], cut: ["Description"] };
		await begin({ note });
		expect(await screen.findByText("Cannot be shown in a note: Image.")).toBeTruthy();
		expect(screen.getByText("Shortened to fit into a message: Description.")).toBeTruthy();
	});

	it("says why there is none, and lets the chat start without it", async () => {
		const note = { ...noteInfo.note, id: "", body: [], problem: problem("note.noColumns") };
		const { user, sent } = await begin({ note });
		expect(await screen.findByText(/shows no column/)).toBeTruthy();
		await user.click(screen.getByRole("button", { name: "Start chat" }));
		await waitFor(() => expect(sent()?.note).toBe(""));
	});

	it("says that only participants see the chat when Join is off", async () => {
		await begin({ join: false });
		expect(await screen.findByText(/only the people you add will see/)).toBeTruthy();
	});

	it("is named after the people where records do not name their chats, until it is renamed", async () => {
		const { user } = await begin({ autoName: false });
		const name = await screen.findByRole("textbox", { name: "Chat name" });
		await waitFor(() => expect((name as HTMLInputElement).value).toBe("Diego"));
		await user.type(name, " and I");
		expect((name as HTMLInputElement).value).toBe("Diego and I");
	});

	it("is read again when it is another one now", async () => {
		const { user, fake } = await begin({});
		await screen.findByText(/Fourth Coffee/);
		fake.fail("startChat", problem("note.changed"));
		const read = vi.fn(async () => noteInfo);
		fake.api.prepareStart = read;
		await user.click(screen.getByRole("button", { name: "Start chat" }));
		await waitFor(() => expect(read).toHaveBeenCalled());
	});

	it("is followed by quotes of chosen messages", async () => {
		const { user, sent } = await begin({}, { ...diego, quoteFrom: "diego" });
		await user.click(await screen.findByRole("button", { name: /^Quote messages from/ }));
		await user.click(await screen.findByRole("checkbox", { name: /Is it leaking/ }));
		await user.click(screen.getByRole("button", { name: "Start chat" }));
		await waitFor(() => expect(sent()).toMatchObject({ quoteFrom: "diego", quotes: ["m1"] }));
	});
});

const quotable = (id: string, text: string) => ({
	id,
	from: "Diego",
	me: false,
	time: "2026-11-29T08:00:00.000Z",
	text,
	body: [],
});

describe("chats that are being made", () => {
	const row = (part: Partial<StartRow>): StartRow => ({
		id: "op1",
		record: key,
		title: "Gasket",
		people: ["Diego"],
		state: "waiting",
		reason: "",
		chat: "",
		...part,
	});
	const shown = async (part: Partial<StartRow>) => {
		const rendered = await renderPane(<Starting recordKey={key} />, { record: key });
		act(() => rendered.fake.push({ starts: [row(part)] }));
		await screen.findByText("Gasket");
		return rendered;
	};

	it("say what they wait for", async () => {
		await shown({ reason: "offline" });
		expect(screen.getByRole("status").textContent).toContain("when the connection is back");
	});

	it("are parked with their reason, to try again or discard", async () => {
		const { user, fake } = await shown({ state: "parked", reason: "start.forbidden" });
		expect(screen.getByRole("status").textContent).toContain("Teams did not let you start");
		await user.click(screen.getByRole("button", { name: "Try again" }));
		await user.click(screen.getByRole("button", { name: "Discard" }));
		expect(fake.calls).toContainEqual({ method: "retry", args: ["op1"] });
		expect(fake.calls).toContainEqual({ method: "discard", args: ["op1"] });
	});

	it("offer to leave the one that was made twice", async () => {
		const { user, fake } = await shown({ state: "twin", chat: "19:x" });
		await user.click(screen.getByRole("button", { name: "Leave" }));
		expect(fake.calls).toContainEqual({ method: "leaveTwin", args: ["19:x", false] });
	});

	it("are those of the record, and gone once they are made", async () => {
		const { fake } = await shown({});
		act(() => fake.push({ starts: [row({ id: "op2", record: "another", title: "Other" })] }));
		expect(screen.queryByText("Other")).toBeNull();
		act(() => fake.push({ removed: [{ kind: "start", key: "op1", chat: "" }] }));
		await waitFor(() => expect(screen.queryByText("Gasket")).toBeNull());
	});
});

describe("a chat's name", () => {
	it("is proposed without what Teams refuses, and short enough", () => {
		expect(nameFor({ name: "Refund: order 1/2", number: "CAS-1" })).toBe(
			"Refund order 1 2 · CAS-1",
		);
		const long = nameFor({ name: "👩‍🔧".repeat(100), number: "" });
		expect(long.length).toBeLessThanOrEqual(250);
		expect(long.endsWith("👩‍🔧")).toBe(true);
	});

	it("is that of the people, short enough, where the record does not name it", () => {
		expect(namesOf([{ name: "Ada: X" }, { name: "Ben" }])).toBe("Ada X, Ben");
		expect(namesOf(Array(60).fill({ name: "佐藤 由紀" })).length).toBeLessThanOrEqual(250);
	});

	it("has its forbidden characters named once", () => {
		expect(forbiddenIn("a:b:c?\n")).toEqual([":", "?", "\n"]);
		expect(forbiddenIn("Müller & Söhne · 100 % 佐藤")).toEqual([]);
	});
});
