package entra

import "context"

// VerifyForTest checks an ID token.
func (c *Client) VerifyForTest(ctx context.Context, raw, nonce string) error {
	_, err := c.verify(ctx, raw, nonce)
	return err
}

// ParseKeysForTest counts the usable keys of a key set.
func ParseKeysForTest(data []byte) int { return len(parseKeys(data)) }
