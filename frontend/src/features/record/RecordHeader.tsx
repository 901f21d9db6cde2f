import type { RecordRow } from "../../backend/types";
import { Tag } from "../../components/badge/Badge";
import { Banner } from "../../components/banner/Banner";
import { Button } from "../../components/button/Button";
import { IconButton } from "../../components/button/IconButton";
import { Icon } from "../../components/icon/Icon";
import { recordIcon } from "../../components/icon/records";
import { useProblemWords } from "../../components/problem/ProblemText";
import { RelativeTime } from "../../components/time/RelativeTime";
import { useIntent, usePane, useRow } from "../../model/context";
import { useText, useWords } from "../../text/context";
import styles from "./RecordHeader.module.css";

/** RecordHeader says which record is open; hover and focus show more of it. */
export function RecordHeader({
	recordKey,
	onSearch,
}: {
	recordKey: string;
	/** Opens the search in this record's chats. */
	onSearch?: () => void;
}) {
	const { backend, model } = usePane();
	const t = useText();
	const run = useIntent();
	const record = useRow(model.records, recordKey);
	const name = record?.name || record?.number || t("record.loading");
	const known = record !== undefined && record.name !== "";
	return (
		<section className={styles.header} aria-label={name} aria-busy={record?.state === "loading"}>
			<div className={styles.main}>
				<span className={styles.type}>
					<Icon name={recordIcon(record?.table ?? "")} />
				</span>
				<div className={styles.words}>
					<h1 className={styles.name} dir="auto" title={name}>
						{name}
					</h1>
					{known && <Facts record={record} />}
				</div>
				{onSearch && <IconButton icon="search" label={t("record.search")} onClick={onSearch} />}
				{record && record.url !== "" && (
					<IconButton
						icon="open"
						label={t("record.inDynamics")}
						onClick={() => run(backend.api.openExternal(record.url))}
					/>
				)}
				{known && <Details record={record} />}
			</div>
			{record && <Condition record={record} />}
		</section>
	);
}

function Facts({ record }: { record: RecordRow }) {
	const t = useText();
	return (
		<p className={styles.facts}>
			{record.number !== "" && <span dir="ltr">{record.number}</span>}
			{record.owner !== "" && <span dir="auto">{record.owner}</span>}
			{record.status !== "" && <Tag tone={record.open ? "brand" : "neutral"}>{record.status}</Tag>}
			{record.state === "offline" && <Tag tone="warning">{t("record.offline")}</Tag>}
		</p>
	);
}

function Details({ record }: { record: RecordRow }) {
	const t = useText();
	return (
		<dl className={styles.details}>
			<dt>{t("record.customer")}</dt>
			<dd dir="auto">{record.customer || t("record.none")}</dd>
			<dt>{t("record.priority")}</dt>
			<dd dir="auto">{record.priority || t("record.none")}</dd>
			<dt>{t("record.deadline")}</dt>
			<dd>
				{record.deadline === "" ? (
					t("record.none")
				) : (
					<RelativeTime time={record.deadline} look="distance" />
				)}
			</dd>
		</dl>
	);
}

/** Condition says why a record is not as it should be, and what can be done. */
function Condition({ record }: { record: RecordRow }) {
	const words = useWords();
	const { t } = words;
	switch (record.state) {
		case "forbidden":
			return (
				<Banner tone="warning" icon="lock" actions={<Actions record={record} />}>
					<strong>{t("record.forbidden")}</strong> {t("record.forbiddenMeans")}
				</Banner>
			);
		case "gone":
			return (
				<Banner tone="warning" icon="gone" actions={<Actions record={record} />}>
					<strong>{t("record.gone")}</strong> {t("record.goneMeans")}
				</Banner>
			);
		case "error":
			return <Failed record={record} />;
		default:
			if (record.enabled || record.enabledWhy === "" || record.state === "loading") return null;
			return (
				<Banner tone="info" icon="info">
					{words.code("enabled", record.enabledWhy, { type: record.typeName })}
				</Banner>
			);
	}
}

function Failed({ record }: { record: RecordRow }) {
	const t = useText();
	if (!record.problem) {
		return (
			<Banner tone="danger" icon="error" actions={<Actions record={record} />}>
				<strong>{t("record.error")}</strong>
			</Banner>
		);
	}
	return <FailedWith record={record} problem={record.problem} />;
}

function FailedWith({
	record,
	problem,
}: {
	record: RecordRow;
	problem: NonNullable<RecordRow["problem"]>;
}) {
	const { what, means, todo } = useProblemWords(problem);
	return (
		<Banner tone="danger" icon="error" actions={<Actions record={record} />}>
			<strong>{what}</strong> {means} {todo}
		</Banner>
	);
}

function Actions({ record }: { record: RecordRow }) {
	const { backend } = usePane();
	const t = useText();
	const run = useIntent();
	return (
		<>
			{record.state !== "gone" && (
				<Button size="small" onClick={() => run(backend.api.refreshRecord(record.key))}>
					{t("record.refresh")}
				</Button>
			)}
			<Button size="small" look="subtle" onClick={() => run(backend.api.closeTab(record.key))}>
				{t("record.closeTab")}
			</Button>
		</>
	);
}
