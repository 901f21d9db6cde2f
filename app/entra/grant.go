package entra

import (
	"encoding/json"
	"fmt"
	"time"

	"chatpane/app/vault"
	"chatpane/app/wire"
)

// grantFile is the name of the sealed file that holds the grant.
const grantFile = "grant"

// stored is a grant as it stands in its sealed file; there alone the refresh
// token is written out.
type stored struct {
	Tenant  string    `json:"tenant"`
	OID     string    `json:"oid"`
	Name    string    `json:"name"`
	UPN     string    `json:"upn"`
	Scopes  []string  `json:"scopes"`
	Refresh string    `json:"refresh"`
	At      time.Time `json:"at"`
}

// Save keeps the grant in the vault of its account.
func (g Grant) Save(v *vault.Vault) error {
	data, err := json.Marshal(stored{g.Tenant, g.OID, g.Name, g.UPN, g.Scopes, g.Refresh.Reveal(), g.At})
	if err != nil {
		return fmt.Errorf("save the grant: %w", err)
	}
	if err := v.WriteFile(grantFile, data); err != nil {
		return fmt.Errorf("save the grant: %w", err)
	}
	return nil
}

// LoadGrant returns the grant that was saved in a vault: fs.ErrNotExist when
// there is none.
func LoadGrant(v *vault.Vault) (Grant, error) {
	data, err := v.ReadFile(grantFile)
	if err != nil {
		return Grant{}, fmt.Errorf("load the grant: %w", err)
	}
	var s stored
	if err := json.Unmarshal(data, &s); err != nil {
		return Grant{}, fmt.Errorf("load the grant: %w", err)
	}
	return Grant{Tenant: s.Tenant, OID: s.OID, Name: s.Name, UPN: s.UPN, Scopes: s.Scopes, Refresh: wire.NewSecret(s.Refresh), At: s.At}, nil
}
