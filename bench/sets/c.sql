-- Set c: a wide schema, some 600 MB of tables with their TOAST. Parents and children with foreign keys, jsonb, numeric, text
-- within the row and out of it, six indexes on the big table. :percent scales the number of rows.
SELECT greatest(1, 50000 * :percent / 100) AS customers, greatest(1, 5000 * :percent / 100) AS products,
       greatest(1, 500000 * :percent / 100) AS orders, greatest(1, 22000 * :percent / 100) AS documents \gset

CREATE TABLE customer (
    id int PRIMARY KEY,
    email text NOT NULL UNIQUE,
    profile jsonb NOT NULL,
    balance numeric(14,4) NOT NULL);
CREATE TABLE product (
    id int PRIMARY KEY,
    sku text NOT NULL UNIQUE,
    price numeric(10,2) NOT NULL,
    attributes jsonb NOT NULL);
CREATE TABLE orders (
    id bigint PRIMARY KEY,
    customer_id int NOT NULL REFERENCES customer,
    created_at timestamptz NOT NULL,
    status text NOT NULL,
    reference text NOT NULL,
    total numeric(14,2) NOT NULL,
    tax numeric,
    details jsonb NOT NULL,
    note text);
CREATE TABLE order_item (
    order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
    line int NOT NULL,
    product_id int NOT NULL REFERENCES product,
    quantity int NOT NULL,
    price numeric(10,2) NOT NULL,
    PRIMARY KEY (order_id, line));
-- What TOAST holds: text that does not compress, and jsonb that does.
CREATE TABLE document (
    id int PRIMARY KEY,
    customer_id int NOT NULL REFERENCES customer,
    title text NOT NULL,
    body text NOT NULL,
    meta jsonb NOT NULL);

INSERT INTO customer
SELECT n, 'customer' || n || '@example.com',
       jsonb_build_object('name', md5(n::text), 'tags', jsonb_build_array(n % 7, n % 11), 'city', n % 500),
       (n % 100000) / 7.0
  FROM generate_series(1, :customers) AS n;
INSERT INTO product
SELECT n, 'SKU-' || n, (n % 9999) / 10.0,
       jsonb_build_object('colour', n % 16, 'size', n % 40, 'label', md5(n::text))
  FROM generate_series(1, :products) AS n;
INSERT INTO orders
SELECT n, 1 + n * 7919 % :customers, timestamptz '2023-01-01 00:00Z' + n * interval '73 seconds',
       (ARRAY['open', 'paid', 'sent', 'closed', 'returned'])[1 + n % 5], upper(md5((n * 31)::text)),
       (n * 37 % 1000000) / 100.0, CASE WHEN n % 3 = 0 THEN NULL ELSE (n % 1000) / 13.0 END,
       jsonb_build_object('channel', n % 4, 'session', md5(n::text), 'address', md5((n % 50000)::text),
                          'lines', jsonb_build_array(n % 3, n % 5, n % 8)),
       CASE WHEN n % 4 = 0 THEN repeat(md5(n::text), 1 + (n % 8)::int) END
  FROM generate_series(1, :orders::bigint) AS n;
INSERT INTO order_item
SELECT n, line, 1 + (n * 13 + line) % :products, 1 + (n + line) % 9, (n * line % 9999) / 10.0
  FROM generate_series(1, :orders::bigint) AS n, generate_series(1, 1 + (n % 4)::int) AS line;
INSERT INTO document
SELECT n, 1 + n % :customers, 'document ' || n,
       (SELECT string_agg(md5(n || '.' || part), '') FROM generate_series(1, 300 + n % 400) AS part),
       jsonb_build_object('words', (SELECT jsonb_agg(part % 17) FROM generate_series(1, 200 + n % 100) AS part))
  FROM generate_series(1, :documents) AS n;

CREATE INDEX ON orders (customer_id);
CREATE INDEX ON orders (status, created_at);
CREATE INDEX ON orders (reference);
CREATE INDEX ON orders (total);
CREATE INDEX ON orders ((details ->> 'session'));
CREATE INDEX ON order_item (product_id);
CREATE INDEX ON document (customer_id);
CREATE INDEX ON product USING gin (attributes);
