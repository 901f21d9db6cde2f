import { fireEvent, render, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { english } from "../../test/render";
import { WordsProvider } from "../../text/context";
import { Boundary } from "./Boundary";

const row = { broken: true };

function Page() {
	if (row.broken) throw new Error("a row that was not expected");
	return <p>The page</p>;
}

it("says so when a page cannot be drawn, and draws it again on demand", () => {
	vi.spyOn(console, "error").mockImplementation(() => undefined);
	render(
		<WordsProvider value={english}>
			<Boundary>
				<Page />
			</Boundary>
		</WordsProvider>,
	);
	expect(screen.queryByText("The page")).toBeNull();
	row.broken = false;
	fireEvent.click(screen.getByRole("button", { name: "Try again" }));
	expect(screen.getByText("The page")).toBeTruthy();
});
