import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { problem } from "../../backend/fake";
import type { Account } from "../../backend/types";
import { renderPane } from "../../test/render";
import { SignIn } from "./SignIn";

const show = async (part: Partial<Account>) => {
	const { fake } = await renderPane(null, { phase: "signedOut" });
	const account = { ...fake.account, ...part };
	return renderPane(<SignIn account={account} />, { phase: "signedOut" });
};

describe("the sign-in screen", () => {
	it("signs in, and says what is kept and where", async () => {
		const { user, fake } = await show({});
		expect(screen.getByText(/encrypted with keys in its keychain/)).toBeTruthy();
		await user.click(screen.getByRole("button", { name: "Sign in" }));
		expect(fake.calls.map((c) => c.method)).toContain("signIn");
	});

	it("says what it costs that there is no keychain", async () => {
		await show({ persistent: false });
		expect(screen.getByText("This computer has no keychain")).toBeTruthy();
		expect(screen.getByText(/You sign in at every start/)).toBeTruthy();
	});

	it("offers no code where policy forbids it", async () => {
		await show({ deviceAllowed: false });
		expect(screen.queryByRole("button", { name: "Sign in with a code" })).toBeNull();
	});

	it("shows the code and the page to type it on", async () => {
		const { user, fake } = await show({
			phase: "signingIn",
			deviceCode: "ABCD-1234",
			deviceURL: "https://microsoft.com/devicelogin",
		});
		expect(screen.getByText("ABCD-1234")).toBeTruthy();
		await user.click(screen.getByRole("button", { name: "Open the page" }));
		expect(fake.calls).toContainEqual({
			method: "openExternal",
			args: ["https://microsoft.com/devicelogin"],
		});
	});

	it("can be cancelled while the browser is open", async () => {
		const { user, fake } = await show({ phase: "signingIn" });
		expect(screen.getByText("Go on in your browser")).toBeTruthy();
		await user.click(screen.getByRole("button", { name: "Cancel" }));
		expect(fake.calls.map((c) => c.method)).toContain("cancelSignIn");
	});

	it("says what went wrong, what it means and what to do", async () => {
		await show({ problem: problem("wrongTenant", { request: "r-42" }) });
		const alert = screen.getByRole("alert");
		for (const part of ["another organisation", "is not in it", "Sign in with your", "r-42"]) {
			expect(alert.textContent).toContain(part);
		}
	});

	it("copies the consent link for the administrator", async () => {
		const { user, fake } = await show({
			problem: problem("adminConsent", {
				action: "copyLink",
				url: "https://login.example/consent",
			}),
		});
		await user.click(screen.getByRole("button", { name: "Administrator’s consent link" }));
		expect(fake.calls).toContainEqual({
			method: "copyText",
			args: ["https://login.example/consent"],
		});
	});
});
