-- Enough stock that no load empties it, and one product that nobody can have.
INSERT INTO products (id, name, price_cents, stock) VALUES
  ('espresso-cup', 'Espresso cup', 900, 10000000),
  ('tea-pot', 'Tea pot', 3400, 10000000),
  ('coffee-mill', 'Coffee mill', 7900, 10000000),
  ('milk-jug', 'Milk jug', 1900, 10000000),
  ('water-glass', 'Water glass', 500, 10000000),
  ('sugar-bowl', 'Sugar bowl', 1500, 10000000),
  ('cake-plate', 'Cake plate', 1200, 10000000),
  ('tea-spoon', 'Tea spoon', 300, 10000000),
  ('serving-tray', 'Serving tray', 2700, 10000000),
  ('table-cloth', 'Table cloth', 4200, 10000000),
  ('sold-out', 'Limited edition mug', 2500, 0);
