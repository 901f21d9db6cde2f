import { afterEach, describe, expect, it, vi } from "vitest";
import { toProblem } from "./problem";
import { connect, httpTransport, toBackend, wailsTransport } from "./transport";

afterEach(() => {
	vi.unstubAllGlobals();
});

describe("the Wails transport", () => {
	const scope = () => {
		const listeners: ((seq: number) => void)[] = [];
		const off = vi.fn();
		return {
			listeners,
			off,
			go: { bridge: { App: { OpenChat: vi.fn(async (chat: unknown) => ({ chat })) } } },
			runtime: {
				EventsOn: (_: string, listener: (seq: number) => void) => {
					listeners.push(listener);
					return off;
				},
			},
		};
	};

	it("calls the bound method with its arguments", async () => {
		const wails = scope();
		const page = await toBackend(wailsTransport(wails)).api.openChat("19:x");
		expect(page).toEqual({ chat: "19:x" });
		expect(wails.go.bridge.App.OpenChat).toHaveBeenCalledWith("19:x");
	});

	it("hands on pings until it is told to stop", () => {
		const wails = scope();
		const heard: (number | null)[] = [];
		const stop = wailsTransport(wails).onPing((seq) => heard.push(seq));
		wails.listeners[0]?.(4);
		stop();
		expect(heard).toEqual([4]);
		expect(wails.off).toHaveBeenCalled();
	});

	it("is chosen where Wails is, and says when a method is missing", async () => {
		const { api } = connect(scope());
		await expect(api.refresh()).rejects.toThrow("Refresh");
	});
});

describe("the browser bridge's transport", () => {
	const answer = (status: number, body: string) => {
		const fetch = vi.fn(async () => new Response(body, { status }));
		vi.stubGlobal("fetch", fetch);
		return fetch;
	};

	it("posts the arguments as a JSON array", async () => {
		const fetch = answer(200, '"op1"');
		const { api } = toBackend(httpTransport(""));
		expect(await api.connect("c", "r")).toBe("op1");
		expect(fetch).toHaveBeenCalledWith(
			"/call/Connect",
			expect.objectContaining({ method: "POST", body: '["c","r"]' }),
		);
	});

	it("rejects with the problem that the answer carries", async () => {
		answer(409, '{"code":"conflict","retry":true}');
		const error = await toBackend(httpTransport(""))
			.api.refresh()
			.catch((e: unknown) => e);
		expect(toProblem(error)).toMatchObject({ code: "conflict", retry: true });
	});

	it("asks again after a reconnect, when pings may have been missed", () => {
		const made: EventTarget[] = [];
		class Events extends EventTarget {
			constructor() {
				super();
				made.push(this);
			}
			close() {}
		}
		vi.stubGlobal("EventSource", Events);
		const heard: (number | null)[] = [];
		httpTransport("").onPing((seq) => heard.push(seq));
		made[0]?.dispatchEvent(new Event("open"));
		made[0]?.dispatchEvent(new MessageEvent("change", { data: "12" }));
		expect(heard).toEqual([null, 12]);
	});

	it("cuts the demo's network", async () => {
		const fetch = answer(200, "");
		await toBackend(httpTransport("")).setNetwork("offline");
		expect(fetch).toHaveBeenCalledWith(
			"/demo/network",
			expect.objectContaining({ body: '{"state":"offline"}' }),
		);
	});
});
