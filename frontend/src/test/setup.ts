import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

// The first use of a lazy part reads it, which takes longer on a busy machine.
configure({ asyncUtilTimeout: 10_000 });
afterEach(cleanup);

// What jsdom lacks and the components ask for.
globalThis.ResizeObserver ??= class {
	observe() {}
	unobserve() {}
	disconnect() {}
};
Element.prototype.scrollIntoView ??= () => undefined;
Element.prototype.scrollTo ??= () => undefined;
globalThis.CSS ??= {} as typeof CSS;
CSS.escape ??= (text) => text.replace(/[^\w-]/g, "\\$&");
window.matchMedia ??= (media) =>
	Object.assign(new EventTarget(), { media, matches: false }) as MediaQueryList;
