import { useSyncExternalStore } from "react";

/** Width in rem from which the list and a chat stand side by side: 840 px at 100 % text. */
const twoColumns = 52.5;

/** useWide tells whether the window has room for two columns at the current text size. */
export function useWide(): boolean {
	return useSyncExternalStore(subscribe, isWide);
}

function isWide(): boolean {
	const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
	return window.innerWidth >= twoColumns * rem;
}

function subscribe(listener: () => void): () => void {
	// The text size is a style of the root element.
	const zoom = new MutationObserver(listener);
	zoom.observe(document.documentElement, { attributeFilter: ["style"] });
	window.addEventListener("resize", listener);
	return () => {
		zoom.disconnect();
		window.removeEventListener("resize", listener);
	};
}
