import { expect, it } from "vitest";
import { toProblem } from "./problem";

it("reads the JSON text that a rejected call carries", () => {
	const sent = {
		code: "throttled",
		args: [{ name: "seconds", value: "9" }],
		request: "r-1",
		retry: true,
		action: "retry",
		url: "",
	};
	expect(toProblem(JSON.stringify(sent))).toEqual(sent);
	expect(toProblem(new Error(JSON.stringify(sent)))).toEqual(sent);
});

for (const [name, thrown] of [
	["words", new Error("fetch failed")],
	["half a JSON", '{"code":"thr'],
	["a JSON without a code", '{"message":"no"}'],
	["null", null],
] as const) {
	it(`keeps ${name} as the detail of an unexpected problem`, () => {
		const problem = toProblem(thrown);
		expect(problem.code).toBe("unexpected");
		expect(problem.args[0]?.value).not.toBe("");
	});
}

it("drops arguments that are none", () => {
	const problem = toProblem('{"code":"x","args":[1,{"name":"a"},{"name":"b","value":"c"}]}');
	expect(problem.args).toEqual([{ name: "b", value: "c" }]);
});
