import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { problem } from "../../backend/fake";
import { recordKey, records } from "../../backend/fakeData";
import type { RecordRow } from "../../backend/types";
import { renderPane } from "../../test/render";
import { OpenRecord } from "./OpenRecord";
import { RecordHeader } from "./RecordHeader";

const url = records[2]?.url ?? "";

describe("the field that opens a record", () => {
	it("opens a pasted address, whatever it looks like to us", async () => {
		const { user, fake } = await renderPane(<OpenRecord />);
		const field = screen.getByRole("textbox", { name: "Open a record" });
		await user.click(field);
		await user.paste(url);
		await user.keyboard("{Enter}");
		expect(fake.calls).toContainEqual({ method: "openRecord", args: [url] });
		await waitFor(() => expect(field).toHaveProperty("value", ""));
	});

	it("keeps what was typed and says why it does not open", async () => {
		const { user, fake } = await renderPane(<OpenRecord />);
		fake.fail("openRecord", problem("notRecordURL"));
		const field = screen.getByRole("textbox", { name: "Open a record" });
		await user.type(field, "https://example.com/{Enter}");
		expect((await screen.findByRole("alert")).textContent).toContain("not the address of a record");
		expect(field).toHaveProperty("value", "https://example.com/");
	});

	it("names both environments when an address is of another one", async () => {
		const { user, fake } = await renderPane(<OpenRecord />);
		const args = [
			{ name: "host", value: "other.crm.dynamics.com" },
			{ name: "current", value: "contoso.crm4.dynamics.com" },
		];
		fake.fail("openRecord", problem("wrongEnvironment", { args }));
		await user.type(
			screen.getByRole("textbox", { name: "Open a record" }),
			"https://other/{Enter}",
		);
		const alert = await screen.findByRole("alert");
		expect(alert.textContent).toContain("other.crm.dynamics.com");
		expect(alert.textContent).toContain("contoso.crm4.dynamics.com");
	});

	it("shows recent records and the user's own cases before anything is typed", async () => {
		const { user } = await renderPane(<OpenRecord />);
		await user.click(screen.getByRole("textbox", { name: "Open a record" }));
		const recent = await screen.findByRole("region", { name: "Recent" });
		expect(within(recent).getAllByRole("listitem")).toHaveLength(2);
		expect(screen.getByRole("region", { name: "My active cases" })).toBeTruthy();
	});

	it("searches by name or number, and arrows reach what was found", async () => {
		const { user, fake } = await renderPane(<OpenRecord />);
		await user.type(screen.getByRole("textbox", { name: "Open a record" }), "refund");
		const found = await screen.findByRole("region", { name: "Found" });
		expect(within(found).getAllByRole("listitem")).toHaveLength(1);
		await user.keyboard("{ArrowDown}{Enter}");
		expect(fake.calls).toContainEqual({ method: "openRecord", args: [recordKey("c2")] });
	});

	it("says that nothing was found", async () => {
		const { user } = await renderPane(<OpenRecord />);
		await user.type(screen.getByRole("textbox", { name: "Open a record" }), "zzz");
		expect(await screen.findByText("No record has “zzz” in its name or number")).toBeTruthy();
	});
});

describe("the header of a record", () => {
	const show = async (part: Partial<RecordRow>) => {
		const key = recordKey("c1");
		const shown = await renderPane(<RecordHeader recordKey={key} />, { record: key });
		const row = { ...(records[0] as RecordRow), ...part };
		shown.fake.records.set(key, row);
		shown.fake.push({ records: [row] });
		await waitFor(() => expect(shown.model.records.row(key)).toMatchObject(part));
		return shown;
	};

	it("names the record and what is known of it", async () => {
		await show({});
		const header = screen.getByRole("region", { name: "Leaking gasket on Smart Brew 300" });
		for (const part of ["CAS-09792-S4D7", "Adele Vance", "In progress", "Fabrikam, Inc.", "High"]) {
			expect(header.textContent).toContain(part);
		}
	});

	it("opens it in Dynamics", async () => {
		const { user, fake } = await show({});
		await user.click(screen.getByRole("button", { name: "Open in Dynamics" }));
		expect(fake.calls.at(-1)).toEqual({ method: "openExternal", args: [records[0]?.url] });
	});

	for (const [state, words] of [
		["forbidden", "You may not read this record"],
		["gone", "This record no longer exists"],
		["error", "The record could not be opened"],
		["offline", "Saved copy"],
	] as const) {
		it(`says that it is ${state}`, async () => {
			await show({ state });
			expect(await screen.findByText(words)).toBeTruthy();
		});
	}

	it("says that its type is not enabled, and whom to ask", async () => {
		await show({ enabled: false, enabledWhy: "tableMissing" });
		expect(await screen.findByText(/no Teams integration.*administrator/)).toBeTruthy();
	});
});
