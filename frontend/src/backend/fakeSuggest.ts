import { ago, people, recordKey } from "./fakeData";
import type { Person, SuggestedPerson, Suggestions, SuggestReason } from "./types";

function person(id: string): Person {
	const found = people.find((p) => p.id === id);
	if (!found) throw new Error(`the fake company has nobody called ${id}`);
	return found;
}

function reason(code: string, args: Record<string, string> = {}): SuggestReason {
	return { code, args: Object.entries(args).map(([name, value]) => ({ name, value })) };
}

function related(id: string, part: Partial<SuggestedPerson>): SuggestedPerson {
	return {
		person: person(id),
		labelCode: "",
		label: "",
		case: null,
		confidence: 0,
		reasons: [],
		...part,
	};
}

function similar(
	id: string,
	confidence: number,
	number: string,
	reasons: SuggestReason[],
): SuggestedPerson {
	return related(id, {
		confidence,
		reasons,
		case: {
			key: recordKey(`old-${id}`),
			number,
			title: "Smart Brew 300 drips after descaling",
			resolved: ago(60 * 24 * 12),
		},
	});
}

/** suggestionsFor returns the suggested contacts of a seeded record. */
export function suggestionsFor(record: string): Suggestions {
	return {
		record,
		state: "ready",
		problem: null,
		stale: false,
		read: ago(3),
		rulesOn: true,
		similarOn: true,
		rules: [
			related("u-lee", { labelCode: "owner" }),
			related("u-megan", {
				label: "Customer's account manager",
				reasons: [reason("also.active")],
			}),
			related("u-johanna", { labelCode: "connector" }),
			related("u-nestor", { labelCode: "active" }),
		],
		similar: [
			similar("u-diego", 82, "CAS-04417-R2K9", [
				reason("similar", { count: "7" }),
				reason("share", { percent: "58" }),
				reason("words", { words: "gasket, drips, descaling" }),
				reason("product"),
			]),
			similar("u-elvia", 41, "CAS-03902-B7Q1", [
				reason("similar", { count: "2" }),
				reason("faster", { percent: "35" }),
			]),
		],
		moreRules: true,
		moreSimilar: false,
		cases: 4812,
		judged: true,
		notes: [],
	};
}
