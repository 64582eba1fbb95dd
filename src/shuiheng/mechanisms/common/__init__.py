"""What every mechanism needs: cards, evidence, imports, findings."""
