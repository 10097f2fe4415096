SELECT id, name FROM customers ORDER BY id LIMIT 3;
