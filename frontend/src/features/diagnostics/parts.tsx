import type { ErrorRow, FeedState, Figure, ScopeState } from "../../backend/types";
import { Tag } from "../../components/badge/Badge";
import { Button } from "../../components/button/Button";
import { RelativeTime } from "../../components/time/RelativeTime";
import { useIntent, usePane } from "../../model/context";
import { useWords } from "../../text/context";
import styles from "./DiagnosticsPage.module.css";

/** Feeds says of each feed when it last succeeded and what is wrong with it. */
export function Feeds({ feeds }: { feeds: readonly FeedState[] }) {
	const words = useWords();
	const { t } = words;
	return (
		<ul className={styles.rows}>
			{feeds.map((feed) => (
				<li key={feed.name} className={styles.row}>
					<span className={styles.name}>{words.code("feed", feed.name)}</span>
					<span className={styles.quiet}>
						{t("diagnostics.last")}{" "}
						{feed.last === "" ? (
							t("diagnostics.never")
						) : (
							<RelativeTime time={feed.last} look="distance" />
						)}
					</span>
					{feed.problem === "" ? (
						<Tag tone="success">{t("diagnostics.fine")}</Tag>
					) : (
						<Tag tone="danger">{words.code("problem", feed.problem, {}, "what")}</Tag>
					)}
					{feed.request !== "" && <span className={styles.id}>{feed.request}</span>}
				</li>
			))}
		</ul>
	);
}

/** Errors lists the last errors with their request ids. */
export function Errors({ errors }: { errors: readonly ErrorRow[] }) {
	const words = useWords();
	if (errors.length === 0) return <p className={styles.quiet}>{words.t("diagnostics.noErrors")}</p>;
	return (
		<ul className={styles.rows}>
			{errors.map((error) => (
				<li key={`${error.time} ${error.where} ${error.request}`} className={styles.row}>
					<span className={styles.name}>{words.code("problem", error.code, {}, "what")}</span>
					<span className={styles.quiet}>
						{error.where} · <RelativeTime time={error.time} look="distance" />
					</span>
					{error.request !== "" && <span className={styles.id}>{error.request}</span>}
				</li>
			))}
		</ul>
	);
}

/** Scopes names each permission, and the administrator's link for one that is missing. */
export function Scopes({ scopes }: { scopes: readonly ScopeState[] }) {
	const { backend } = usePane();
	const words = useWords();
	const run = useIntent();
	return (
		<ul className={styles.rows}>
			{scopes.map((scope) => (
				<li key={scope.name} className={styles.row}>
					<span className={styles.name}>{scope.name}</span>
					<span className={styles.quiet}>{words.code("scope", scope.need)}</span>
					{scope.granted ? (
						<Tag tone="success">{words.t("diagnostics.granted")}</Tag>
					) : (
						<Tag tone="warning">{words.t("diagnostics.missing")}</Tag>
					)}
					{!scope.granted && scope.link !== "" && (
						<Button size="small" onClick={() => run(backend.api.copyText(scope.link))}>
							{words.t("diagnostics.consent")}
						</Button>
					)}
				</li>
			))}
		</ul>
	);
}

/** Figures are the numbers of the offline copy. */
export function Figures({ figures }: { figures: readonly Figure[] }) {
	const words = useWords();
	return (
		<dl className={styles.facts}>
			{figures.map(({ name, value }) => (
				<div key={name} className={styles.figure}>
					<dt>{words.code("figure", name)}</dt>
					<dd>{value}</dd>
				</div>
			))}
		</dl>
	);
}
