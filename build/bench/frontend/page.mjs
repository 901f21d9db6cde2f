/** Page is a page of the pane or of its peer, measured through the browser's own counters. */
export class Page {
	static async open(browser, size, violations) {
		const page = new Page();
		page.context = await browser.newContext({ viewport: size, colorScheme: "light" });
		page.inner = await page.context.newPage();
		page.inner.setDefaultTimeout(30_000);
		await page.inner.exposeFunction("refusedByPolicy", (what) => violations.push(what));
		await page.inner.addInitScript(() => {
			document.addEventListener("securitypolicyviolation", (event) => {
				window.refusedByPolicy(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
			});
		});
		page.cdp = await page.context.newCDPSession(page.inner);
		return page;
	}

	close() {
		return this.context.close();
	}

	goto(address) {
		this.origin ??= new URL(address).origin;
		return this.inner.goto(address, { waitUntil: "commit" });
	}

	evaluate(run, arg) {
		return this.inner.evaluate(run, arg);
	}

	picture() {
		return this.inner.screenshot();
	}

	/** listed waits until the first chats can be clicked and the page has nothing more to do. */
	async listed() {
		await this.inner.locator("[data-chat=b0]").first().waitFor();
		await this.rest();
	}

	/** openChat clicks on a chat of the list and waits until its newest message is drawn. */
	async openChat(id) {
		await this.evaluate(async (chat) => {
			const newest = () => document.querySelector(`[role=feed] [data-message^="${chat}-"]`);
			document.querySelector(`[data-chat="${chat}"]`).click();
			while (!newest()) await new Promise(requestAnimationFrame);
			// Drawn and painted.
			await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
		}, id);
	}

	/** rest waits until the page is idle. */
	rest() {
		return this.evaluate(async () => {
			for (let i = 0; i < 3; i += 1) await new Promise((done) => requestIdleCallback(done, { timeout: 1000 }));
		});
	}

	/** cost is the CPU that the page's main thread used while something was done, in ms. */
	async cost(run) {
		await this.cdp.send("Performance.enable", { timeDomain: "threadTicks" });
		const before = await this.#metrics();
		await run();
		const after = await this.#metrics();
		await this.cdp.send("Performance.disable");
		const between = (name) => 1000 * ((after[name] ?? 0) - (before[name] ?? 0));
		return { task: between("TaskDuration"), script: between("ScriptDuration") };
	}

	async #metrics() {
		const { metrics } = await this.cdp.send("Performance.getMetrics");
		return Object.fromEntries(metrics.map((m) => [m.name, m.value]));
	}

	/** heap is what JavaScript holds after garbage was collected, in MB. */
	async heap() {
		for (let i = 0; i < 3; i += 1) await this.cdp.send("HeapProfiler.collectGarbage");
		const { usedSize } = await this.cdp.send("Runtime.getHeapUsage");
		return usedSize / 1e6;
	}

	/** bottomGap is how far the end of the messages is below the view, in px. */
	bottomGap() {
		return this.evaluate(() => {
			const el = document.querySelector("[role=feed]").parentElement;
			return Math.abs(el.scrollHeight - el.scrollTop - el.clientHeight);
		});
	}

	/** scrolled flings through the messages: the CPU per frame, and then again, the frames with a blank stretch. */
	async scrolled(frames) {
		const options = { frames, feed: true };
		const { task } = await this.cost(() => this.evaluate(fling, options));
		await this.rest();
		return { frame: task / frames, blank: await this.evaluate(fling, { ...options, look: true }) };
	}

	/** scrolledList does the same with the list of chats. */
	async scrolledList(frames) {
		const { task } = await this.cost(() => this.evaluate(fling, { frames, feed: false }));
		await this.rest();
		const blank = await this.evaluate(fling, { frames, feed: false, look: true });
		return { listFrame: task / frames, listBlank: blank };
	}

	/** prependDrift scrolls to where older messages are read and tells how far what was in view moved, in px. */
	prependDrift() {
		return this.evaluate(async () => {
			const el = document.querySelector("[role=feed]").parentElement;
			const next = () => new Promise(requestAnimationFrame);
			const settle = async () => {
				for (let i = 0; i < 10; i += 1) await next();
			};
			await settle();
			// Older ones are read from 800 px before the first on: begin short of that.
			// Rows get their true heights when they are first drawn, so it takes a few steps.
			for (let i = 0; i < 10 && Math.abs(el.scrollTop - 860) > 20; i += 1) {
				el.scrollTop = Math.max(860, el.scrollTop - 300);
				await settle();
			}
			const { top, bottom } = el.getBoundingClientRect();
			const anchor = [...el.querySelectorAll("[data-message]")].find((e) => {
				const box = e.getBoundingClientRect();
				return box.top > top && box.bottom < bottom - 200;
			});
			const key = anchor.dataset.message;
			const row = () => el.querySelector(`[data-message="${key}"]`);
			const placeOf = () => row()?.getBoundingClientRect().top;
			const position = () => Number(row()?.getAttribute("aria-posinset"));
			const number = position();
			const gone = 9999; // it is not even drawn any more
			const step = el.scrollTop - 760;
			const was = placeOf() + step;
			el.scrollTop = 760;
			let drift = 0;
			let settled = 0;
			for (let i = 0; i < 300 && settled < 20; i += 1) {
				await next();
				if (position() !== number) settled += 1;
				drift = Math.max(drift, Math.abs((placeOf() ?? was + gone) - was));
			}
			if (settled === 0) throw new Error(`no older messages came after ${step} px up to ${el.scrollTop}`);
			return drift;
		});
	}
}

/** fling runs in the page. */
async function fling({ frames, feed, look }) {
	const step = 120; // px in a frame: 7,200 px a second
	const rowsIn = (el) => [...el.querySelectorAll("[data-index]")];
	const el = feed
		? document.querySelector("[role=feed]").parentElement
		: scrollerOf(document.querySelector("[data-chat]"));
	function scrollerOf(e) {
		return /auto|scroll/.test(getComputedStyle(e).overflowY) ? e : scrollerOf(e.parentElement);
	}
	// Back and forth near the end, so that it never comes to the first message.
	let direction = feed ? -1 : 1;
	let blank = 0;
	for (let i = 0; i < frames; i += 1) {
		await new Promise(requestAnimationFrame);
		if (!feed && el.scrollTop + el.clientHeight > el.scrollHeight - step) direction = -1;
		if (!feed && el.scrollTop < step) direction = 1;
		el.scrollTop += direction * step;
		if (!look) continue;
		// What is drawn now is what this frame paints.
		const { top, bottom } = el.getBoundingClientRect();
		let reached = top;
		const boxes = rowsIn(el).map((r) => r.getBoundingClientRect()).sort((a, b) => a.top - b.top);
		for (const box of boxes) if (box.top <= reached + 2) reached = Math.max(reached, box.bottom);
		const end = Math.min(bottom, el.firstElementChild.getBoundingClientRect().bottom);
		if (reached < end - 2) blank += 1;
	}
	return blank;
}
