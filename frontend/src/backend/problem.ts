import type { Arg, Problem } from "./types";

/** unexpected is the problem shown when an error says nothing that we know. */
export function unexpected(detail: string): Problem {
	return {
		code: "unexpected",
		args: [{ name: "detail", value: detail }],
		request: "",
		retry: false,
		action: "",
		url: "",
	};
}

/**
 * toProblem reads what a rejected call carries: the JSON text of a Problem, as
 * the core's error formatter writes it. Anything else becomes "unexpected".
 */
export function toProblem(error: unknown): Problem {
	const text = error instanceof Error ? error.message : String(error);
	try {
		return problemOf(JSON.parse(text)) ?? unexpected(text);
	} catch {
		return unexpected(text);
	}
}

function problemOf(value: unknown): Problem | undefined {
	if (typeof value !== "object" || value === null) return undefined;
	const v = value as Record<string, unknown>;
	if (typeof v.code !== "string" || v.code === "") return undefined;
	return {
		code: v.code,
		args: Array.isArray(v.args) ? v.args.filter(isArg) : [],
		request: typeof v.request === "string" ? v.request : "",
		retry: v.retry === true,
		action: typeof v.action === "string" ? v.action : "",
		url: typeof v.url === "string" ? v.url : "",
	};
}

function isArg(value: unknown): value is Arg {
	if (typeof value !== "object" || value === null) return false;
	const v = value as Record<string, unknown>;
	return typeof v.name === "string" && typeof v.value === "string";
}
