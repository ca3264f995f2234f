-- A finished job with sightings, a running one (the newest) and a failed one (the oldest); $frame, $pack,
-- $evidence, $proof, $page, $gone are hashes of blobs, $video is a file of this machine.
INSERT INTO show (id, name, place, starts_on, ends_on)
VALUES ('00000000-0000-4000-8000-0000000000a1', 'Spring Fair', 'Cologne', '2026-03-02', '2026-03-05');

INSERT INTO job (id, title, state, spec, show_id, incomplete, created_at, picked_up_at, finished_at) VALUES
('00000000-0000-4000-8000-000000000001', 'Spring hall', 'done',
 '{"catalogue": "products.csv", "media": ["hall.mp4"], "options": {"min_probability": 0.5}}',
 '00000000-0000-4000-8000-0000000000a1', false, '2026-03-03 10:00Z', '2026-03-03 10:00:01Z', '2026-03-03 10:01:10Z'),
('00000000-0000-4000-8000-000000000002', 'Still walking', 'running',
 '{"catalogue": "products.csv", "media": ["walk.mp4"], "options": {"min_probability": 0.7}}',
 NULL, false, '2026-03-03 11:00Z', '2026-03-03 11:00:01Z', NULL),
('00000000-0000-4000-8000-000000000003', 'Broken catalogue', 'failed', '{"catalogue": "none.csv", "media": []}',
 NULL, true, '2026-03-03 09:00Z', '2026-03-03 09:00:01Z', '2026-03-03 09:00:05Z');

INSERT INTO product (id, sku, title, brand, category, price, currency, barcode, extra) VALUES
('00000000-0000-4000-8000-0000000000b1', 'TEA-1', 'Green tea, mint', 'Leaf & Co', 'Tea', 3.50, 'EUR', '4006381333931', '{"shelf": "A"}'),
('00000000-0000-4000-8000-0000000000b2', 'TEA-2', 'Green tea, lemon', 'Leaf & Co', 'Tea', 3.50, 'EUR', NULL, '{}'),
('00000000-0000-4000-8000-0000000000b3', 'OAT-1', '=HYPERLINK("http://evil.example";"Oats")', '@Mill', 'Cereals', NULL, NULL, NULL, '{}');

INSERT INTO job_product (job_id, product_id, position)
SELECT j.id, p.id, row_number() OVER (PARTITION BY j.id ORDER BY p.sku)
FROM job j, product p WHERE j.state IN ('done', 'running');
INSERT INTO job_product_image (job_id, product_id, position, image_sha256, source, width, height, warnings)
SELECT '00000000-0000-4000-8000-000000000001', id, 0, '$pack', 'images/' || lower(sku) || '.jpg', 120, 160, '["too small"]'
FROM product;

INSERT INTO asset (sha256, media_type, bytes) VALUES
('$frame', 'image/jpeg', 1), ('$pack', 'image/jpeg', 1), ('$evidence', 'image/jpeg', 1),
('$proof', 'application/json', 1), ('$page', 'text/html', 1), ('$gone', 'image/jpeg', 1);

INSERT INTO medium (id, sha256, kind, media_type, duration_s, width, height, fps, codec, captured_at, poster_sha256) VALUES
('00000000-0000-4000-8000-0000000000c1', repeat('a', 64), 'video', 'video/mp4', 74, 1280, 720, 25, 'h264', '2026-03-02 10:12Z', '$frame'),
('00000000-0000-4000-8000-0000000000c2', repeat('b', 64), 'photo', 'image/jpeg', 0, 1600, 1200, NULL, NULL, NULL, NULL),
('00000000-0000-4000-8000-0000000000c3', repeat('c', 64), 'video', 'video/mp4', 10, 640, 360, 30, 'h264', NULL, NULL);
INSERT INTO job_medium (job_id, medium_id, scope, uri, name) VALUES
('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000c1', 'medium:hall', '$video', 'films/hall.mp4'),
('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000c2', 'medium:photo', 'blob:$frame', 'photos/stand.jpg'),
('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-0000000000c3', 'medium:walk', '/nowhere/walk.mp4', 'walk.mp4');
INSERT INTO keyframe (medium_id, sampler, time_ms, time_s, image_sha256, width, height, sharpness, shot)
SELECT '00000000-0000-4000-8000-0000000000c1', 'k1:2.0', i * 2000, i * 2, '$frame', 1280, 720, 100 + i, i / 5
FROM generate_series(0, 36) AS i;

INSERT INTO medium_result (job_id, medium_id, generation, candidates, decoys, decoy_scale, frames) VALUES
('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000c1', 1, '[]', '[0.55, 0.2, 0.91]', 0.2, 37),
('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000c2', 1, '[]', '[]', 0.2, 1);

-- 30 sightings: equal probabilities in threes, so that pages have ties to cut through; every tenth is an honest tie.
INSERT INTO match (id, job_id, generation, medium_id, product_id, family, start_s, end_s, best_s, probability, sibling_risk,
                   facings, frames, frame_sha256, image_sha256, detection, boxes, signals, evidence_sha256, proof_sha256, created_at)
SELECT CAST('10000000-0000-4000-8000-' || lpad(i::text, 12, '0') AS uuid), '00000000-0000-4000-8000-000000000001', 1,
       CASE WHEN i % 5 = 0 THEN CAST('00000000-0000-4000-8000-0000000000c2' AS uuid)
            ELSE CAST('00000000-0000-4000-8000-0000000000c1' AS uuid) END,
       CASE WHEN i % 10 = 9 THEN NULL
            ELSE CAST('00000000-0000-4000-8000-0000000000b' || (i % 3 + 1) AS uuid) END,
       CASE WHEN i % 10 = 9 THEN CAST('{00000000-0000-4000-8000-0000000000b1,00000000-0000-4000-8000-0000000000b2}' AS uuid[])
            ELSE '{}' END,
       CASE WHEN i % 5 = 0 THEN 0 ELSE i * 2 END, CASE WHEN i % 5 = 0 THEN 0 ELSE i * 2 + 3.5 END,
       CASE WHEN i % 5 = 0 THEN 0 ELSE i * 2 + 1.25 END,
       0.99 - (i / 3) * 0.04, 0.05, i % 3 + 1, i % 4 + 1, '$frame', '$pack',
       '{"quad": [[0, 0], [1, 0], [1, 1], [0, 1]]}', '[{"time_s": 1.5, "inliers": 42}]', '{"inliers": 42}',
       CASE WHEN i = 7 THEN NULL ELSE '$evidence' END, CASE WHEN i = 7 THEN NULL ELSE '$proof' END,
       timestamptz '2026-03-03 10:01Z' + make_interval(secs => i / 4)
FROM generate_series(0, 29) AS i;

INSERT INTO unit (job_id, stage, key, scope, payload, state, error, started_at, finished_at) VALUES
('00000000-0000-4000-8000-000000000001', 'catalog', 'products.csv', 'catalogue', '{}', 'done', NULL, now(), now()),
('00000000-0000-4000-8000-000000000002', 'catalog', 'products.csv', 'catalogue', '{}', 'done', NULL, now() - interval '60 s', now()),
('00000000-0000-4000-8000-000000000003', 'catalog', 'none.csv', 'catalogue', '{}', 'failed',
 '{"kind": "PermanentError", "message": "none.csv does not exist", "hint": "Correct the path."}', now(), now());
INSERT INTO unit (job_id, stage, key, scope, payload, state, started_at)
SELECT '00000000-0000-4000-8000-000000000002', 'keypoint', 'k' || i, 'medium:walk', '{}',
       CASE WHEN i < 4 THEN 'done' WHEN i < 6 THEN 'running' ELSE 'pending' END,
       CASE WHEN i < 6 THEN now() - interval '20 s' END
FROM generate_series(0, 11) AS i;
INSERT INTO job_issue (job_id, severity, subject, message, hint) VALUES
('00000000-0000-4000-8000-000000000001', 'warning', 'products.csv, line 7', 'the price is no number', 'Write 12.50.'),
('00000000-0000-4000-8000-000000000003', 'error', 'none.csv', 'the file does not exist', 'Correct the path.');
INSERT INTO job_event (job_id, type, data) VALUES
('00000000-0000-4000-8000-000000000001', 'job.started', '{"state": "running"}'),
('00000000-0000-4000-8000-000000000001', 'match.result.enriched', '{"match_ids": ["10000000-0000-4000-8000-000000000001"]}'),
('00000000-0000-4000-8000-000000000001', 'job.completed', '{"state": "done"}'),
('00000000-0000-4000-8000-000000000002', 'job.started', '{"state": "running"}');
