SELECT (SELECT count(*) FROM orders) AS orders, (SELECT count(*) FROM customers) AS customers;
