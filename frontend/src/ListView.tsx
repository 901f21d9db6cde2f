import { lazy, Suspense, useCallback } from "react";
import { classes } from "./components/classes";
import { ChatList } from "./features/chatlist/ChatList";
import { RecordHeader } from "./features/record/RecordHeader";
import { usePane, useValue } from "./model/context";
import type { StartForm, View } from "./model/views";
import styles from "./PaneView.module.css";
import { useText } from "./text/context";

const Suggest = lazy(async () => ({
	default: (await import("./features/suggest/SuggestSection")).SuggestSection,
}));
const Starting = lazy(async () => ({
	default: (await import("./features/start/Starting")).Starting,
}));
const Search = lazy(async () => ({
	default: (await import("./features/search/SearchView")).SearchView,
}));

/** Props of ListView. */
export interface ListViewProps {
	/** Key of the record that is active, "" is home. */
	active: string;
	view: View;
	/** A chat lies over it. */
	covered: boolean;
}

/** ListView is the pane's first column: the record and its chats, and the search over them. */
export function ListView({ active, view, covered }: ListViewProps) {
	const { model } = usePane();
	const t = useText();
	const starting = useValue(model.starts).size > 0;
	const searched = view.search !== null;
	const open = useCallback((chat: string) => model.views.open(active, chat), [model, active]);
	const start = useCallback((form: StartForm) => model.views.start(active, form), [model, active]);
	return (
		<section
			className={classes(styles.list, covered && styles.covered)}
			aria-label={t("shell.list")}
			inert={covered}
		>
			{view.search && (
				<Suspense>
					<Search
						key={active}
						recordKey={active}
						search={view.search}
						covered={covered}
						open={view.chat === "" ? "" : (view.at?.message ?? "")}
					/>
				</Suspense>
			)}
			<div className={classes(styles.own, searched && styles.covered)} inert={searched}>
				{active === "" ? (
					<h1 className="hidden">{t("shell.list")}</h1>
				) : (
					<RecordHeader recordKey={active} onSearch={() => model.views.search(active, "record")} />
				)}
				{starting && (
					<Suspense>
						<Starting recordKey={active} />
					</Suspense>
				)}
				<ChatList
					key={active}
					recordKey={active}
					open={view.chat}
					onOpen={open}
					onStart={start}
					extra={
						active !== "" && (
							<Suspense>
								<Suggest recordKey={active} onStart={start} />
							</Suspense>
						)
					}
				/>
			</div>
		</section>
	);
}
