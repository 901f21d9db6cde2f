import type { Account, Settings } from "../../backend/types";
import type { MenuGroup, MenuItem } from "../../components/menu/Menu";
import { distance } from "../../components/time/relative";
import type { Pane } from "../../model/context";
import { type Language, languages, type Words } from "../../text/words";
import type { Page } from "./TopBar";
import { stepZoom } from "./zoom";

/** Given is what the account menu is made from. */
export interface Given {
	pane: Pane;
	words: Words;
	run: (call: Promise<unknown>) => void;
	account: Account;
	settings: Settings;
	connection: string;
	onShow: (page: Page) => void;
}

/** accountMenu returns what the account menu offers. */
export function accountMenu(given: Given): MenuGroup[] {
	const { account, words, pane, run, onShow, connection } = given;
	const { t } = words;
	const checked = pane.model.health.get()?.checked ?? "";
	const state =
		checked === ""
			? t(stateKey(connection))
			: `${t(stateKey(connection))} · ${t("shell.checked", { when: distance(new Date(checked), new Date(), words.locale) })}`;
	const environments = account.environments.map(({ url, name }) => ({
		id: `environment ${url}`,
		label: name,
		note: hostOf(url),
		checked: url === account.environment,
		onPress: () => run(pane.backend.api.chooseEnvironment(url)),
	}));
	return [
		{
			id: "account",
			title: `${t("shell.signedInAs", { name: account.name, email: account.email })}\n${state}`,
			items: [
				{
					id: "refresh",
					icon: "refresh",
					label: t("shell.refresh"),
					onPress: () => run(pane.backend.api.refresh()),
				},
			],
		},
		...(environments.length > 0
			? [{ id: "environments", title: t("shell.environment"), items: environments }]
			: []),
		{ id: t("shell.preferences"), items: preferences(given) },
		{
			id: t("shell.help"),
			items: [
				{
					id: "shortcuts",
					icon: "keyboard",
					label: t("shell.shortcuts"),
					onPress: () => onShow("shortcuts"),
				},
				{
					id: "diagnostics",
					icon: "diagnostics",
					label: t("shell.diagnostics"),
					onPress: () => onShow("diagnostics"),
				},
			],
		},
		{
			id: t("shell.session"),
			items: [
				{
					id: "signOut",
					icon: "signOut",
					label: t("shell.signOut"),
					onPress: () => onShow("signOut"),
				},
			],
		},
	];
}

function preferences({ pane, words, run, settings, onShow }: Given): MenuItem[] {
	const { t } = words;
	const save = (part: Partial<Settings>) => run(pane.model.save(part));
	const locked = (name: keyof Settings) =>
		settings.locked.includes(name) ? { disabled: true, note: t("shell.locked") } : {};
	const zoom = settings.zoom;
	return [
		{
			id: "theme",
			icon: "theme",
			label: t("shell.theme"),
			items: (["system", "light", "dark", "contrast"] as const).map((theme) => ({
				id: `theme ${theme}`,
				label: t(`shell.theme.${theme}`),
				checked: settings.theme === theme,
				onPress: () => save({ theme }),
				...locked("theme"),
			})),
		},
		{
			id: "language",
			icon: "language",
			label: t("shell.language"),
			items: (["", ...Object.keys(languages)] as ("" | Language)[]).map((language) => ({
				id: `language ${language}`,
				label: language === "" ? t("shell.language.system") : languages[language],
				checked: settings.language === language,
				onPress: () => save({ language }),
				...locked("language"),
			})),
		},
		{
			id: "zoom",
			icon: "zoom",
			label: t("shell.zoom", { percent: zoom }),
			items: [
				{
					id: "larger",
					label: t("shell.zoom.larger"),
					onPress: () => save({ zoom: stepZoom(zoom, 1) }),
					...locked("zoom"),
				},
				{
					id: "smaller",
					label: t("shell.zoom.smaller"),
					onPress: () => save({ zoom: stepZoom(zoom, -1) }),
					...locked("zoom"),
				},
				{
					id: "reset",
					label: t("shell.zoom.reset"),
					onPress: () => save({ zoom: 100 }),
					...locked("zoom"),
				},
			],
		},
		{
			id: "settings",
			icon: "settings",
			label: t("shell.settings"),
			onPress: () => onShow("settings"),
		},
	];
}

function hostOf(url: string): string {
	return URL.canParse(url) ? new URL(url).host : url;
}

/** stateKey returns the words of a connection state. */
export function stateKey(connection: string) {
	switch (connection) {
		case "online":
			return "shell.online";
		case "offline":
			return "shell.offline";
		case "throttled":
			return "shell.throttled";
		default:
			return "shell.connecting";
	}
}
