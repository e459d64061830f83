"""Records: the journal that nothing acknowledged is ever lost from, and the CSV files made from it."""
