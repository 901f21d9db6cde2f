import { useEffect, useSyncExternalStore } from "react";
import { usePane, useValue } from "../../model/context";

/** useTheme puts the theme and the text zoom of the settings onto the page. */
export function useTheme(): void {
	const { theme, zoom } = useValue(usePane().model.settings);
	const dark = useMedia("(prefers-color-scheme: dark)");
	const contrast = useMedia("(prefers-contrast: more)");
	const system = contrast ? "contrast" : dark ? "dark" : "light";
	const shown = theme === "system" || theme === "" ? system : theme;
	useEffect(() => {
		document.documentElement.dataset.theme = shown;
	}, [shown]);
	useEffect(() => {
		document.documentElement.style.fontSize = `${Math.min(200, Math.max(50, zoom || 100))}%`;
	}, [zoom]);
}

function useMedia(query: string): boolean {
	return useSyncExternalStore(
		(listener) => {
			const media = window.matchMedia(query);
			media.addEventListener("change", listener);
			return () => media.removeEventListener("change", listener);
		},
		() => window.matchMedia(query).matches,
	);
}
