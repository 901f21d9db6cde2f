// check counts and prints the verdicts of a conformance program.
import { readFileSync } from 'node:fs'

export const place = JSON.parse(readFileSync(process.env.CONFORMANCE_SANDBOX, 'utf8'))

let failed = 0

/** check runs one named check; it passes when work does not throw. */
export async function check(name, work) {
  try {
    await work()
    console.log(`PASS ${name}`)
  } catch (e) {
    failed++
    console.log(`FAIL ${name}: ${String(e?.errorMessage ?? e?.message ?? e).split('\n')[0]}`)
  }
}

/** done ends the program. */
export function done() {
  process.exit(failed ? 1 : 0)
}

/** equal throws unless got is want. */
export function equal(got, want, what = 'value') {
  if (got !== want) throw new Error(`${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`)
}

/** refused returns what work throws, and throws when it does not. */
export async function refused(work) {
  let value
  try {
    value = await work()
  } catch (e) {
    return e
  }
  throw new Error(`not refused: ${JSON.stringify(value)?.slice(0, 200)}`)
}

/** turn sets a knob of the sandbox. */
export async function turn(knob, values = {}) {
  const res = await fetch(`${process.env.CONFORMANCE_CONTROL}/knobs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${process.env.CONFORMANCE_SECRET}` },
    body: JSON.stringify({ knob, ...values }),
  })
  if (!res.ok) throw new Error(`knob ${knob}: ${res.status} ${await res.text()}`)
}

/** claims reads the payload of a token. */
export function claims(token) {
  return JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString())
}
