import { lazy, Suspense, useCallback, useEffect, useState } from "react";
import { toProblem } from "./backend/problem";
import { classes } from "./components/classes";
import { EmptyState } from "./components/empty/EmptyState";
import { later, useLater } from "./components/later";
import { warmMenu } from "./components/menu/Menu";
import { useWide } from "./components/wide";
import { OpenRecord } from "./features/record/OpenRecord";
import { Conditions } from "./features/shell/Conditions";
import { RecordTabs } from "./features/shell/RecordTabs";
import { type Page, TopBar } from "./features/shell/TopBar";
import { useShortcuts } from "./features/shell/useShortcuts";
import { ListView } from "./ListView";
import { usePane, useRow, useValue } from "./model/context";
import type { View } from "./model/views";
import styles from "./PaneView.module.css";
import { useText } from "./text/context";

const Diagnostics = lazy(async () => ({
	default: (await import("./features/diagnostics/DiagnosticsPage")).DiagnosticsPage,
}));
const SettingsPage = lazy(async () => ({
	default: (await import("./features/settings/SettingsPage")).SettingsPage,
}));
const Shortcuts = lazy(async () => ({
	default: (await import("./features/shell/Shortcuts")).Shortcuts,
}));
const SignOut = lazy(async () => ({
	default: (await import("./features/shell/SignOut")).SignOut,
}));
const chatView = later(async () => (await import("./ChatView")).ChatView);
const Start = lazy(async () => ({ default: (await import("./StartView")).StartView }));

/** PaneView is the pane of a signed-in user: the list, and beside or over it a chat. */
export function PaneView() {
	const { model } = usePane();
	const { active } = useValue(model.tabs);
	const view = useRow(model.views.rows, active) ?? model.views.of(active);
	const wide = useWide();
	const [page, show] = usePages();
	const newChat = useCallback(
		() => model.views.start(active, { record: "", people: [] }),
		[model, active],
	);
	const search = useCallback(() => model.views.search(active, "all"), [model, active]);
	useShortcuts({ newChat, search, show });
	useWarmth();
	const covered = !wide && !view.searching && (view.chat !== "" || view.form !== null);
	return (
		<>
			<header inert={covered} className={classes(styles.top, covered && styles.covered)}>
				<TopBar opener={<OpenRecord />} onNewChat={newChat} onSearch={search} onShow={show} />
				<RecordTabs />
			</header>
			<Conditions onShow={show} />
			<main className={classes(styles.columns, wide && styles.wide)}>
				<ListView active={active} view={view} covered={covered} />
				{(wide || covered) && <Beside key={active} active={active} view={view} wide={wide} />}
			</main>
			<Suspense>
				{page === "settings" && <SettingsPage onClose={() => show(null)} />}
				{page === "diagnostics" && <Diagnostics onClose={() => show(null)} />}
				{page === "shortcuts" && <Shortcuts onClose={() => show(null)} />}
				{page === "signOut" && <SignOut onClose={() => show(null)} />}
			</Suspense>
		</>
	);
}

function Beside({ active, view, wide }: { active: string; view: View; wide: boolean }) {
	const { model } = usePane();
	const t = useText();
	const { chat, form, at } = view;
	const ChatView = useLater(chatView);
	return (
		<div className={styles.beside}>
			{form ? (
				<Suspense>
					<Start
						form={form}
						onBack={() => model.views.start(active, null)}
						onStarted={(id) =>
							id === "" ? model.views.start(active, null) : model.views.open(active, id)
						}
					/>
				</Suspense>
			) : chat !== "" ? (
				<Suspense>
					<ChatView
						key={chat}
						chat={chat}
						at={at}
						onSearch={() => model.views.search(active, "chat", chat)}
						onBack={wide ? undefined : () => model.views.open(active, "")}
					/>
				</Suspense>
			) : (
				<EmptyState icon="chats" title={t("shell.choose")}>
					{t("shell.chooseMeans")}
				</EmptyState>
			)}
		</div>
	);
}

/** usePages returns the page that is shown over the pane; signing out is asked about only when need be. */
function usePages(): [Page | null, (page: Page | null) => void] {
	const { backend, model } = usePane();
	const [page, setPage] = useState<Page | null>(null);
	const show = useCallback(
		(next: Page | null) => {
			if (next !== "signOut") {
				setPage(next);
				return;
			}
			backend.api.signOut().catch((error: unknown) => {
				const problem = toProblem(error);
				if (problem.code === "unsent") setPage("signOut");
				else model.notices.report(problem);
			});
		},
		[backend, model],
	);
	return [page, show];
}

/** useWarmth reads what a chat and a menu need once the first screen is drawn, so that the first opens at once. */
function useWarmth(): void {
	useEffect(() => {
		const soon = setTimeout(chatView.warm, 300);
		const then = setTimeout(warmMenu, 2_000);
		return () => {
			clearTimeout(soon);
			clearTimeout(then);
		};
	}, []);
}
