/** assertNever closes a switch over a union: a variant that was forgotten does not compile. */
export function assertNever(value: never): never {
	throw new Error(`a variant that nothing handles: ${JSON.stringify(value)}`);
}
