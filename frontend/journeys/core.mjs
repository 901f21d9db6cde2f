import { spawn } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/**
 * Core is the demo build of the product as a process of its own: the sandbox
 * tenant, the real core, and the pane over HTTP instead of in a window. It
 * keeps nothing on disk. Other cores can run beside it on the same sandbox, as
 * other people's machines.
 */
export class Core {
	/** What the sandbox printed of itself: its people, cases, chats and control. */
	sandbox;
	/** Address of the pane. */
	pane = "";
	#program;
	#process;
	#folder;
	#log = "";

	/** start runs the program with a new sandbox and waits until the pane is served. */
	static start(program) {
		return Core.#run(program, ["-answer-after", "1s"]);
	}

	/** beside runs the program once more, on the sandbox of this core: the machine of somebody else. */
	async beside() {
		const file = join(this.#folder, "tenant.json");
		await writeFile(file, JSON.stringify(this.sandbox), { mode: 0o600 });
		return Core.#run(this.#program, ["-tenant", file], this.sandbox);
	}

	static async #run(program, flags, sandbox) {
		const core = new Core();
		core.#program = program;
		core.sandbox = sandbox;
		core.#folder = await mkdtemp(join(tmpdir(), "chatpane-journeys-"));
		await core.#standInForTheBrowser();
		core.#process = spawn(program, ["-data", "", "-bridge", "127.0.0.1:0", ...flags], {
			env: {
				...process.env,
				PATH: `${core.#folder}${delimiter}${process.env.PATH}`,
				// Without a session bus there is no keychain, and nothing is kept.
				DBUS_SESSION_BUS_ADDRESS: "",
				LANG: "en_GB.UTF-8",
			},
			stdio: ["ignore", "pipe", "pipe"],
		});
		core.#process.stderr.on("data", (chunk) => {
			core.#log += chunk;
		});
		await core.#announced();
		return core;
	}

	/** stop ends the program and throws away what it left. */
	async stop() {
		const gone = new Promise((done) => this.#process.once("exit", done));
		this.#process.kill("SIGINT");
		const late = setTimeout(() => this.#process.kill("SIGKILL"), 5000);
		await gone;
		clearTimeout(late);
		await rm(this.#folder, { recursive: true, force: true });
	}

	/** log is what the core said last, for a journey that failed. */
	get log() {
		return this.#log.slice(-3000);
	}

	/** signInAddress waits for the address that the core shows in the system's browser. */
	async signInAddress() {
		return until(
			"the core opens the browser",
			async () => (await this.#opened()).find((u) => u.startsWith(this.sandbox.entra)) ?? false,
		);
	}

	/** opened are the addresses that were opened outside of the pane. */
	async #opened() {
		const text = await readFile(join(this.#folder, "opened"), "utf8").catch(() => "");
		return text.split("\n").filter(Boolean);
	}

	/** turn sets one of the sandbox's knobs. */
	async turn(knob) {
		const answer = await fetch(`${this.sandbox.control}/knobs`, {
			method: "POST",
			headers: this.#secret,
			body: JSON.stringify(knob),
		});
		if (!answer.ok) throw new Error(`knob ${knob.knob}: ${answer.status} ${await answer.text()}`);
	}

	/** count is how many messages with a text a chat has at the server. */
	async count(chat, text) {
		const query = new URLSearchParams({ chat, text });
		const answer = await fetch(`${this.sandbox.control}/state?${query}`, { headers: this.#secret });
		if (!answer.ok) throw new Error(`state: ${answer.status}`);
		return (await answer.json()).messages;
	}

	/** graph calls Graph as one of the people, as another client of theirs would. */
	graph(user, method, path, body) {
		return call(method, `${this.sandbox.graph}${path}`, user.tokens.graph, {}, body);
	}

	/** dataverse calls the Web API as one of the people, as the web page of Dynamics would. */
	dataverse(user, method, path, body) {
		const long = { Prefer: "odata.maxpagesize=5000" };
		return call(method, `${this.sandbox.dataverse}${path}`, user.tokens.dataverse, long, body);
	}

	/** link hands a deep link to the running program, as its window does when the system brings one. */
	async link(url) {
		const answer = await fetch(`${this.pane}/call/OpenRecord`, {
			method: "POST",
			body: JSON.stringify([url]),
		});
		if (!answer.ok) throw new Error(`open ${url}: ${answer.status} ${await answer.text()}`);
	}

	get #secret() {
		return { Authorization: `Bearer ${this.sandbox.secret}`, "Content-Type": "application/json" };
	}

	/** The program opens addresses with the system's tool; ours writes them down. */
	async #standInForTheBrowser() {
		for (const name of ["xdg-open", "open"]) {
			const file = join(this.#folder, name);
			await writeFile(
				file,
				`#!/bin/sh\nprintf '%s\\n' "$1" >> '${join(this.#folder, "opened")}'\n`,
			);
			await chmod(file, 0o755);
		}
	}

	#announced() {
		return new Promise((done, failed) => {
			let text = "";
			this.#process.once("exit", (code) =>
				failed(new Error(`the core ended with ${code}: ${this.log}`)),
			);
			this.#process.stdout.on("data", (chunk) => {
				text += chunk;
				const lines = text.split("\n");
				text = lines.pop() ?? "";
				for (const line of lines) {
					const value = JSON.parse(line);
					if (value.bridge) this.pane = value.bridge;
					else this.sandbox = value;
				}
				if (this.pane !== "" && this.sandbox) done();
			});
		});
	}
}

/** call makes a request with a token; its answer is the JSON, or undefined. */
async function call(method, url, token, headers, body) {
	const answer = await fetch(url, {
		method,
		headers: { ...headers, Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
	});
	if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
	return answer.status === 204 ? undefined : answer.json();
}

/** until asks again and again until the answer is neither false nor undefined, and says what it waited for when it gives up. */
export async function until(what, ask, seconds = 20) {
	const end = Date.now() + seconds * 1000;
	for (;;) {
		const answer = await ask();
		if (answer !== false && answer !== undefined) return answer;
		if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
		await new Promise((next) => setTimeout(next, 100));
	}
}
