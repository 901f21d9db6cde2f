import { type Api, type Backend, methods, type Ping } from "./api";

/** Transport carries calls to the core and pings back. */
export interface Transport {
	call(method: string, args: unknown[]): Promise<unknown>;
	onPing(listener: Ping): () => void;
}

/** Wails puts these two on the window; nothing else of it is used. */
export interface WailsWindow {
	go: { bridge: { App: Record<string, (...args: unknown[]) => Promise<unknown>> } };
	runtime: { EventsOn(name: string, listener: (seq: number) => void): () => void };
}

/** wailsTransport calls the core in the same process. */
export function wailsTransport(wails: WailsWindow): Transport {
	return {
		call(method, args) {
			const bound = wails.go.bridge.App[method];
			if (!bound) return Promise.reject(new Error(`the core has no method ${method}`));
			return bound(...args);
		},
		onPing: (listener) => wails.runtime.EventsOn("change", listener),
	};
}

/**
 * httpTransport calls the core through the demo's browser bridge: POST
 * /call/{Method} with a JSON array of arguments, and server-sent events.
 */
export function httpTransport(base: string): Transport {
	return {
		async call(method, args) {
			const answer = await fetch(`${base}/call/${method}`, {
				method: "POST",
				headers: { "Content-Type": "application/json" },
				body: JSON.stringify(args),
			});
			const text = await answer.text();
			if (!answer.ok) throw new Error(text);
			return text === "" ? undefined : JSON.parse(text);
		},
		onPing(listener) {
			const events = new EventSource(`${base}/events`);
			events.addEventListener("change", (event) => listener(Number(event.data)));
			// After a reconnect, pings may have been missed.
			events.addEventListener("open", () => listener(null));
			return () => events.close();
		},
	};
}

/** toBackend gives a transport the shape the pane calls. */
export function toBackend(transport: Transport): Backend {
	const api = Object.fromEntries(
		methods.map((name) => {
			const bound = name.charAt(0).toUpperCase() + name.slice(1);
			return [name, (...args: unknown[]) => transport.call(bound, args)];
		}),
	) as unknown as Api;
	return {
		api,
		onPing: (listener) => transport.onPing(listener),
		photo: (user) => `/photo/${encodeURIComponent(user)}?s=48`,
		media: (id) => `/media/${id}`,
		async setNetwork(state) {
			const answer = await fetch("/demo/network", {
				method: "POST",
				headers: { "Content-Type": "application/json" },
				body: JSON.stringify({ state }),
			});
			if (!answer.ok) throw new Error(await answer.text());
		},
	};
}

/** connect chooses the transport: Wails where there is one, else the browser bridge. */
export function connect(scope: Partial<WailsWindow>): Backend {
	const { go, runtime } = scope;
	return toBackend(go && runtime ? wailsTransport({ go, runtime }) : httpTransport(""));
}
