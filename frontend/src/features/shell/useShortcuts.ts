import { useEffect } from "react";
import { useIntent, usePane } from "../../model/context";
import type { Page } from "./TopBar";
import { stepZoom } from "./zoom";

/** Commands are what shortcuts can ask of the pane beyond the core. */
export interface Commands {
	newChat: () => void;
	search: () => void;
	show: (page: Page) => void;
}

/** useShortcuts listens to the keys that hold everywhere in the pane. */
export function useShortcuts({ newChat, search, show }: Commands): void {
	const { backend, model } = usePane();
	const run = useIntent();
	useEffect(() => {
		const zoom = (percent: number) => {
			if (!model.settings.get().locked.includes("zoom")) run(model.save({ zoom: percent }));
		};
		const step = (by: 1 | -1) => {
			const { open, active } = model.tabs.get();
			const all = ["", ...open];
			const next = all[(all.indexOf(active) + by + all.length) % all.length];
			if (next !== undefined && next !== active) run(backend.api.activateTab(next));
		};
		const commands: Record<string, () => void> = {
			"mod l": () => focusField("record"),
			"mod f": () => focusField("filter"),
			"mod shift f": search,
			"mod n": newChat,
			"mod w": () => {
				const { active } = model.tabs.get();
				if (active !== "") run(backend.api.closeTab(active));
			},
			"mod tab": () => step(1),
			"mod shift tab": () => step(-1),
			"mod +": () => zoom(stepZoom(model.settings.get().zoom, 1)),
			"mod =": () => zoom(stepZoom(model.settings.get().zoom, 1)),
			"mod -": () => zoom(stepZoom(model.settings.get().zoom, -1)),
			"mod 0": () => zoom(100),
			f5: () => run(backend.api.refresh()),
			"mod r": () => run(backend.api.refresh()),
			"?": () => show("shortcuts"),
		};
		const onKeyDown = (event: KeyboardEvent) => {
			if (event.defaultPrevented || event.isComposing) return;
			const command = commands[chordOf(event)];
			if (!command || (event.key === "?" && isTyping(event.target))) return;
			// A dialog has the keyboard to itself.
			if (document.querySelector("[role=dialog], [role=alertdialog]")) return;
			event.preventDefault();
			command();
		};
		document.addEventListener("keydown", onKeyDown);
		return () => document.removeEventListener("keydown", onKeyDown);
	}, [backend, model, run, newChat, search, show]);
}

function chordOf(event: KeyboardEvent): string {
	const key = event.key.toLowerCase();
	const letter = /^[a-z]$/.test(key) || key === "tab";
	return [
		event.ctrlKey || event.metaKey ? "mod" : "",
		event.altKey ? "alt" : "",
		// What a key types already tells whether Shift was held, but for letters and Tab.
		event.shiftKey && letter ? "shift" : "",
		key,
	]
		.filter((part) => part !== "")
		.join(" ");
}

function isTyping(target: EventTarget | null): boolean {
	return (
		target instanceof HTMLElement &&
		(target.isContentEditable || target.matches("input, textarea, select"))
	);
}

function focusField(name: "record" | "filter"): void {
	const field = document.querySelector<HTMLInputElement>(`[data-shortcut="${name}"]`);
	field?.focus();
	field?.select();
}
