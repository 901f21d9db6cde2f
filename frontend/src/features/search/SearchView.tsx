import { useMemo, useRef } from "react";
import { Button } from "../../components/button/Button";
import { IconButton } from "../../components/button/IconButton";
import { EmptyState } from "../../components/empty/EmptyState";
import { ProblemText } from "../../components/problem/ProblemText";
import { Skeleton } from "../../components/spinner/Skeleton";
import { usePane } from "../../model/context";
import type { Search } from "../../model/views";
import { useText, useWords } from "../../text/context";
import { Choice } from "./Choice";
import { Field } from "./Field";
import { idOf, toGroups } from "./groups";
import { Help } from "./Help";
import { Results } from "./Results";
import { Scopes, scopeOf } from "./Scopes";
import styles from "./SearchView.module.css";
import { countWords, coverageWords, Status } from "./Status";
import { useAsked, useFocus } from "./useAsked";
import { useResultKeys } from "./useResultKeys";
import { useSearch } from "./useSearch";

/** Props of SearchView. */
export interface SearchViewProps {
	/** Key of the active record, "" is home. */
	recordKey: string;
	search: Search;
	/** A chat lies over it. */
	covered: boolean;
	/** Id of the message that is open from it, "" = none. */
	open: string;
}

/** SearchView is the search of messages: what to look for, where, and what was found. */
export function SearchView({ recordKey, search, covered, open }: SearchViewProps) {
	const { model } = usePane();
	const t = useText();
	const words = useWords();
	const box = useRef<HTMLElement>(null);
	const [asked, ask] = useAsked(recordKey, search);
	const scope = scopeOf(asked.scope, recordKey, search);
	const key = scope === "chat" ? search.chat : scope === "record" ? recordKey : "";
	const { found, more, retry } = useSearch({ ...asked, scope }, key);
	const groups = useMemo(() => toGroups(found.pages), [found.pages]);
	const hits = useMemo(() => groups.flatMap((g) => g.hits), [groups]);
	const close = () => model.views.closeSearch(recordKey);
	const keys = useResultKeys(hits, box, close);
	useFocus(box, search.n, covered);
	const { answer } = found;
	const idle = asked.text.trim() === "" || (answer?.empty ?? false);
	const use = (operator: string) => {
		const text = asked.text.trimEnd();
		ask({ text: `${text}${text === "" ? "" : " "}${operator}` });
		box.current?.querySelector<HTMLInputElement>("input[type=search]")?.focus();
	};

	return (
		<section
			ref={box}
			className={styles.search}
			aria-label={t("search.title")}
			onKeyDown={keys.onKeyDown}
		>
			<header className={styles.top}>
				<div className={styles.field}>
					<IconButton icon="back" label={t("search.back")} onClick={close} />
					<Field
						text={asked.text}
						problems={answer?.problems ?? []}
						onChange={(text) => ask({ text })}
					/>
				</div>
				<Scopes
					value={scope}
					recordKey={recordKey}
					search={search}
					onChange={(next) => ask({ scope: next })}
				/>
				{answer && !idle && hits.length > 0 && (
					<div className={styles.line}>
						<Status answer={answer} />
						<Choice
							label={t("search.order")}
							look="quiet"
							value={asked.order}
							options={(["newest", "best"] as const).map((id) => ({
								id,
								label: t(`search.${id}`),
							}))}
							onChange={(order) => ask({ order })}
						/>
					</div>
				)}
			</header>
			<div className={styles.results} aria-busy={found.searching}>
				{found.problem && <ProblemText problem={found.problem} onAction={retry} />}
				{idle ? (
					<Help onUse={use} />
				) : (
					<Results
						groups={groups}
						current={keys.current}
						open={open}
						onOpen={(hit) => {
							keys.focusHit(idOf(hit));
							model.views.openAt(recordKey, hit.chat, hit.id);
						}}
					/>
				)}
				{!idle && !answer && !found.problem && <Skeleton rows={4} label={t("search.searching")} />}
				{!idle && answer && hits.length === 0 && (
					<EmptyState
						icon="search"
						title={t("search.nothing")}
						actions={
							scope !== "all" && (
								<Button onClick={() => ask({ scope: "all" })}>{t("search.everywhere")}</Button>
							)
						}
					>
						<p>{t("search.nothingMeans")}</p>
						<p>{coverageWords(answer, words)}</p>
						{answer.preparing < 100 && (
							<p>{t("search.preparing", { percent: answer.preparing })}</p>
						)}
						{answer.coverage.chats < answer.coverage.of && <p>{t("search.rest")}</p>}
					</EmptyState>
				)}
				{!idle && answer && answer.after !== "" && (
					<div className={styles.more}>
						<Button look="subtle" pending={found.loadingMore} onClick={() => void more()}>
							{t("search.more")}
						</Button>
					</div>
				)}
			</div>
			<div className="hidden" role="status">
				{answer && !idle && !found.searching && countWords(answer, words)}
			</div>
		</section>
	);
}
