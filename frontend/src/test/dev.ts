import { Fake } from "../backend/fake";
import { recordKey } from "../backend/fakeData";

/** fakeFrom returns the fake backend that the query of `npm run dev` describes: ?fake&record=c1&theme=dark … */
export function fakeFrom(query: URLSearchParams): Fake {
	const record = query.get("record");
	const fake = new Fake({
		phase: query.get("phase") === "signedOut" ? "signedOut" : "signedIn",
		record: record === null ? "" : recordKey(record),
		language: query.get("language") ?? "en",
		settings: { theme: query.get("theme") ?? "system", zoom: Number(query.get("zoom") ?? 100) },
		latency: 700,
	});
	Object.assign(window, { fake });
	return fake;
}
