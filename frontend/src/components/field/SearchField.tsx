import { useText } from "../../text/context";
import { IconButton } from "../button/IconButton";
import { TextField, type TextFieldProps } from "./TextField";

/** SearchField is a TextField that is searched with: Escape and a button clear it. */
export function SearchField(props: Omit<TextFieldProps, "end" | "icon" | "type">) {
	const t = useText();
	const { value, onChange, onKeyDown } = props;
	return (
		<TextField
			bare
			{...props}
			type="search"
			icon="search"
			onKeyDown={(event) => {
				if (event.key === "Escape" && value !== "") {
					event.stopPropagation();
					onChange("");
				}
				onKeyDown?.(event);
			}}
			end={
				value !== "" && (
					<IconButton
						icon="close"
						size="small"
						label={t("field.clear")}
						onClick={() => onChange("")}
					/>
				)
			}
		/>
	);
}
