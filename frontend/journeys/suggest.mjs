import assert from "node:assert/strict";
import { until } from "./core.mjs";

/** suggested are the journeys about suggested contacts; the case is open and its list shows. */
export const suggested = [
	[
		"people who could help are suggested, each with the reason",
		async ({ pane, nora }) => {
			const section = pane.section("Suggested contacts");
			const similar = section.getByRole("group", { name: "Resolved similar cases" });
			await similar.getByRole("checkbox").first().waitFor();
			const rules = section.getByRole("group", { name: "Related to this record" });
			await rules.getByRole("checkbox").first().waitFor();
			for (const group of [similar, rules]) {
				const shown = await group.getByRole("checkbox").count();
				assert.ok(shown >= 1 && shown <= 3, `${shown} people before "View more"`);
			}
			assert.match((await similar.textContent()) ?? "", /\d+ % sure · resolved CAS-/);
			assert.equal(await section.getByRole("checkbox", { name: nora.name }).count(), 0);
			await similar
				.getByRole("button", { name: /^How the suggestion of/ })
				.first()
				.click();
			await similar.getByText(/^Most similar/).waitFor();
			await similar
				.getByText(/resolved cases/)
				.first()
				.waitFor();
			await similar
				.getByRole("button", { name: /^How the suggestion of/ })
				.first()
				.click();
		},
	],
	[
		"a suggested person is chosen with the keyboard and stands in the form of a new connected chat",
		async ({ pane }) => {
			const { page } = pane;
			const box = pane.section("Suggested contacts").getByRole("checkbox").first();
			const id = await box.getAttribute("id");
			const name = await page.locator(`label[for="${id}"]`).textContent();
			await box.focus();
			await page.keyboard.press("Space");
			await page.getByRole("button", { name: "Start connected chat with 1 person" }).click();
			const chosen = page.getByRole("list", { name: "Chosen people" }).getByRole("listitem");
			await until("the person stands in the form", async () => (await chosen.count()) === 1);
			const who = (await chosen.first().textContent()) ?? "?";
			assert.ok((name ?? "").includes(who.trim()), `${who} was chosen, not ${name}`);
			await page.getByRole("button", { name: "Back", exact: true }).click();
		},
	],
	[
		"suggestions are there without a network",
		async ({ pane }) => {
			const { page } = pane;
			await page.getByRole("button", { name: "Go offline" }).click();
			await page.reload();
			await pane.section("Suggested contacts").getByRole("checkbox").first().waitFor();
			await page.getByRole("button", { name: "Go online" }).click();
		},
	],
];
