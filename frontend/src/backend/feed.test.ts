import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Api, Backend, Ping } from "./api";
import { startFeed } from "./feed";
import type { Change, Problem } from "./types";

/** core is a backend whose answers to Changes are given by hand, in order. */
function core() {
	const asked: { since: number; answer: (c: Change) => void; fail: (e: Error) => void }[] = [];
	let ping: Ping = () => undefined;
	const order: string[] = [];
	const backend = {
		api: {
			changes: (since: number) =>
				new Promise<Change>((answer, fail) => {
					order.push("ask");
					asked.push({ since, answer, fail });
				}),
		} as Api,
		onPing: (listener: Ping) => {
			order.push("subscribe");
			ping = listener;
			return () => {
				ping = () => undefined;
			};
		},
	} as Backend;
	const applied: Change[] = [];
	const failures: (string | null)[] = [];
	const target = {
		apply: (c: Change) => applied.push(c),
		failed: (p: Problem | null) => failures.push(p?.code ?? null),
	};
	return { backend, target, asked, applied, failures, order, ping: (n: number | null) => ping(n) };
}

const change = (seq: number, reset = false): Change => ({ seq, reset });
const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
	vi.useFakeTimers();
});
afterEach(() => {
	vi.useRealTimers();
});

describe("the feed", () => {
	it("subscribes before it asks, so that nothing falls between", () => {
		const c = core();
		startFeed(c.backend, c.target);
		expect(c.order).toEqual(["subscribe", "ask"]);
		expect(c.asked[0]?.since).toBe(0);
	});

	it("pulls one change at a time, and again when a ping came meanwhile", async () => {
		const c = core();
		startFeed(c.backend, c.target);
		c.ping(8);
		c.ping(9);
		expect(c.asked).toHaveLength(1);
		c.asked[0]?.answer(change(7, true));
		await settle();
		expect(c.asked.map((a) => a.since)).toEqual([0, 7]);
		c.asked[1]?.answer(change(9));
		await settle();
		expect(c.asked).toHaveLength(2);
		expect(c.applied.map((a) => a.seq)).toEqual([7, 9]);
	});

	it("ignores a ping it has already pulled, but not one that may hide others", async () => {
		const c = core();
		startFeed(c.backend, c.target);
		c.asked[0]?.answer(change(5, true));
		await settle();
		c.ping(5);
		expect(c.asked).toHaveLength(1);
		c.ping(null);
		expect(c.asked).toHaveLength(2);
	});

	it("repeats a failed pull, ever more slowly, and tells when it works again", async () => {
		const c = core();
		startFeed(c.backend, c.target);
		c.asked[0]?.fail(new Error('{"code":"timeout"}'));
		await settle();
		await vi.advanceTimersByTimeAsync(499);
		expect(c.asked).toHaveLength(1);
		await vi.advanceTimersByTimeAsync(1);
		expect(c.asked).toHaveLength(2);
		c.asked[1]?.fail(new Error('{"code":"timeout"}'));
		await vi.advanceTimersByTimeAsync(999);
		expect(c.asked).toHaveLength(2);
		await vi.advanceTimersByTimeAsync(1);
		c.asked[2]?.answer(change(3, true));
		await settle();
		expect(c.failures).toEqual(["timeout", "timeout", null]);
	});

	it("applies nothing after it ended", async () => {
		const c = core();
		const end = startFeed(c.backend, c.target);
		end();
		c.asked[0]?.answer(change(5, true));
		await settle();
		c.ping(6);
		expect(c.applied).toEqual([]);
		expect(c.asked).toHaveLength(1);
	});
});
