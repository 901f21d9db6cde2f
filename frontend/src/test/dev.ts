import { Fake } from "../backend/fake";
import type { World } from "../backend/fakeBulk";
import { recordKey } from "../backend/fakeData";

/**
 * fakeFrom returns the fake backend that the query of `npm run dev` describes: ?fake&record=c1&theme=dark …;
 * with ?fake&messages=10000&page=50 it is the long list of long chats that benches measure.
 */
export async function fakeFrom(query: URLSearchParams): Promise<Fake> {
	const record = query.get("record");
	const fake = new Fake({
		phase: query.get("phase") === "signedOut" ? "signedOut" : "signedIn",
		record: record === null ? "" : recordKey(record),
		language: query.get("language") ?? "en",
		settings: { theme: query.get("theme") ?? "system", zoom: Number(query.get("zoom") ?? 100) },
		latency: 700,
		...(query.has("messages") && { world: await longWorld(query) }),
	});
	Object.assign(window, { fake });
	return fake;
}

async function longWorld(query: URLSearchParams): Promise<World> {
	const { bulkWorld } = await import("../backend/fakeBulk");
	return bulkWorld(Number(query.get("messages")), Number(query.get("page") ?? 20));
}
