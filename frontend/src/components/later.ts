import { type ComponentType, lazy, useState } from "react";

/** Later is a part of the pane that is read after the first screen is drawn. */
export interface Later<P> {
	/** The part, or what draws it once it is read. */
	readonly part: () => ComponentType<P>;
	/** Reads it ahead of the first use; a failure shows at the first use. */
	readonly warm: () => void;
}

/**
 * later makes a part of the pane that is not needed at the start. Once read it
 * is drawn at once, while React's own lazy draws nothing first, and then waits.
 */
export function later<P extends object>(load: () => Promise<ComponentType<P>>): Later<P> {
	let read: ComponentType<P> | undefined;
	const reading = async () => {
		read = await load();
		return { default: read };
	};
	const part = lazy(reading) as unknown as ComponentType<P>;
	return {
		part: () => read ?? part,
		warm: () => void reading().catch(() => undefined),
	};
}

/** useLater returns the component to draw, within a Suspense; it stays the same, for another one would begin anew. */
export function useLater<P>({ part }: Later<P>): ComponentType<P> {
	const [Part] = useState(part);
	return Part;
}
