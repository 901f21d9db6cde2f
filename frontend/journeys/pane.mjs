import { until } from "./core.mjs";

/**
 * attached waits for what is there but takes no room of its own: a section of a
 * long list, whose lines stand each in their place.
 */
const attached = { state: "attached" };

/** Pane is the pane in a browser, used as a person would: by roles and names. */
export class Pane {
	/** What the content security policy refused. */
	violations = [];
	/** What went wrong in the page. */
	errors = [];

	constructor(browser, core) {
		this.browser = browser;
		this.core = core;
	}

	/** open shows the pane in a window of a size. */
	static async open(browser, core, size = { width: 420, height: 800 }) {
		const pane = new Pane(browser, core);
		pane.page = await browser.newPage({ viewport: size, colorScheme: "light" });
		await pane.page.exposeFunction("refusedByPolicy", (what) => pane.violations.push(what));
		await pane.page.addInitScript(() => {
			document.addEventListener("securitypolicyviolation", (event) => {
				window.refusedByPolicy(
					`${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile}`,
				);
			});
		});
		pane.page.on("pageerror", (error) => pane.errors.push(error.message));
		await pane.page.goto(core.pane);
		return pane;
	}

	/** signIn signs in as one of the sandbox's people, in a page of the browser. */
	async signIn(user) {
		await this.page.getByRole("button", { name: "Sign in", exact: true }).click();
		const page = await this.browser.newPage();
		try {
			await page.goto(await this.core.signInAddress());
			await page.getByRole("link", { name: user.name }).click();
			await page.waitForURL(/^http:\/\/localhost:/);
		} finally {
			await page.close();
		}
		await this.page.getByRole("heading", { name: "Connected to records" }).waitFor();
	}

	/** openCase opens a case by the address that a browser shows for it. */
	async openCase(id) {
		const field = this.page.getByRole("textbox", { name: "Open a record" });
		await field.fill(
			`${new URL(this.core.sandbox.dataverse).origin}/main.aspx?etn=incident&pagetype=entityrecord&id=%7B${id}%7D`,
		);
		await field.press("Enter");
		await this.section("Connected to this Case").waitFor(attached);
	}

	/** meet scrolls the list down to a section, and back to its top. */
	async meet(name) {
		await this.page.mouse.move(200, 500);
		await until(`the section ${name}`, async () => {
			if ((await this.section(name).count()) > 0) return true;
			await this.page.mouse.wheel(0, 300);
			return false;
		});
		await this.page.mouse.wheel(0, -100_000);
	}

	/** reveal narrows the list to a chat, which a long list draws only when it is in view. */
	async reveal(title) {
		await this.page.getByRole("searchbox", { name: "Filter chats" }).fill(title);
		await this.row(title).first().waitFor();
	}

	/** all takes the filter off the list again. */
	async all() {
		await this.page.getByRole("searchbox", { name: "Filter chats" }).fill("");
	}

	/** section is a part of the list. */
	section(name) {
		return this.page.getByRole("region", { name });
	}

	/** row is a chat in the list. */
	row(title) {
		return this.page.getByRole("listitem").filter({
			has: this.page.getByRole("button", { name: `More actions for ${title}`, exact: true }),
		});
	}

	/** locked is the row of a chat that the user is not in. */
	locked(name) {
		return this.page
			.getByRole("listitem")
			.filter({ has: this.page.getByRole("button", { name, exact: true }) })
			.filter({ hasText: "Connected by" });
	}

	/** openChat opens a chat from the list and waits for its messages. */
	async openChat(title) {
		await this.row(title).first().getByRole("button").first().click();
		await this.feed().waitFor();
		await this.page.getByRole("toolbar", { name: "Formatting" }).waitFor();
	}

	/** back returns from the chat to the list. */
	async back() {
		await this.page.getByRole("button", { name: "Back to the chats" }).click();
	}

	/** choose takes an entry of a chat's menu. */
	async choose(title, entry) {
		await this.page
			.getByRole("button", { name: `More actions for ${title}`, exact: true })
			.first()
			.click();
		await this.page.getByRole("menuitem", { name: entry }).click();
	}

	feed() {
		return this.page.getByRole("feed");
	}

	/** articles are the messages with a text that are on screen. */
	articles(text) {
		return this.feed().getByRole("article").filter({ hasText: text });
	}

	/** send writes a message and sends it with Enter. */
	async send(text) {
		const box = this.page.getByRole("textbox", { name: "Type a message" });
		await box.click();
		await this.page.keyboard.type(text);
		await this.page.keyboard.press("Enter");
		await this.articles(text).first().waitFor();
	}

	/** delivered waits until a message is at the server, and shows no sign of being on its way. */
	async delivered(text) {
		await until(`"${text}" is settled`, async () => {
			const shown = this.articles(text);
			if ((await shown.count()) !== 1) return false;
			return !/Sending|Waiting|Will be sent|Checking|Not sent/.test(
				(await shown.first().textContent()) ?? "",
			);
		});
	}
}
