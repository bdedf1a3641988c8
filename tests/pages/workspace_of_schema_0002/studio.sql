BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0002');
CREATE TABLE artifacts (
	id VARCHAR NOT NULL, 
	owner_id VARCHAR NOT NULL, 
	job_id VARCHAR NOT NULL, 
	attempt INTEGER NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	name VARCHAR NOT NULL, 
	stored_path VARCHAR NOT NULL, 
	size_bytes INTEGER NOT NULL, 
	sha256 VARCHAR, 
	facts JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(job_id) REFERENCES jobs (id), 
	FOREIGN KEY(owner_id) REFERENCES owners (id)
);
INSERT INTO "artifacts" VALUES('prepare-20261130-tkdggb-1','owner','prepare-20261130-tkdggb',1,'dataset','old-healthcare','datasets/old-healthcare_dataset',33614,'b85532ab6eea130f3c09d53af38016ddc9c53a414d836250c94207f55dc2b2d4','{"splits": {"train": 48, "validation": 6, "test": 6}}','2026-11-30 19:57:25.188000');
INSERT INTO "artifacts" VALUES('train-20261130-tkgkft-1','owner','train-20261130-tkgkft',1,'adapter','finished-run','runs/finished-run/final',4380777,'a43755d77da94d3130aab6039bdb91aa133873f1164ce5d1ebc102e301d8a136','{"model": "starter"}','2026-11-30 19:58:11.112000');
INSERT INTO "artifacts" VALUES('train-20261130-tkgkft-2','owner','train-20261130-tkgkft',1,'merged_model','finished-run','runs/finished-run/merged_model',12767501,'af8711feda037f62f6f21ad542630f92a48fc4648e69e875e7ff0ee117b9759e','{"model": "starter"}','2026-11-30 19:58:11.113000');
INSERT INTO "artifacts" VALUES('evaluate-20261130-tm5691-1','owner','evaluate-20261130-tm5691',1,'evaluation','finished-run scores','runs/finished-run-scores/metrics.json',3317,'d698bfc45dc6d59ff40d32c4287f45a8f8b90d50a1ae9087188eda23455448ad','{"model": "WORKSPACE/runs/finished-run", "split": "test"}','2026-11-30 20:03:57.183000');
INSERT INTO "artifacts" VALUES('export-20261130-tr6nyp-1','owner','export-20261130-tr6nyp',1,'gguf','finished-run q8_0','exports/finished-run/model-q8_0.gguf',6654368,'150c40dc83ce92a5708a0126cec1b90d8bb30d5cb6ab5d6b5cca9d6121191eca','{"type": "q8_0", "model": "WORKSPACE/runs/finished-run"}','2026-11-30 20:06:26.140000');
INSERT INTO "artifacts" VALUES('export-20261130-tr6nyp-2','owner','export-20261130-tr6nyp',1,'gguf','finished-run q4_0','exports/finished-run/model-q4_0.gguf',3844512,'a9c9869a8c32a670d916481288ec2db2eb661590ec081d40f249645dd1004efd','{"type": "q4_0", "model": "WORKSPACE/runs/finished-run"}','2026-11-30 20:06:26.142000');
CREATE TABLE deployments (
	id VARCHAR NOT NULL, 
	owner_id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	purpose VARCHAR(32) NOT NULL, 
	model VARCHAR NOT NULL, 
	base_model VARCHAR, 
	reranker VARCHAR, 
	host VARCHAR NOT NULL, 
	port INTEGER NOT NULL, 
	settings JSON NOT NULL, 
	desired_state VARCHAR(32) NOT NULL, 
	state VARCHAR(32) NOT NULL, 
	restart_policy VARCHAR(32) NOT NULL, 
	restarts INTEGER NOT NULL, 
	start_after DATETIME, 
	address VARCHAR, 
	secret_path VARCHAR NOT NULL, 
	key_hash VARCHAR, 
	error_message VARCHAR, 
	error_remedy VARCHAR, 
	log_path VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	ready_at DATETIME, 
	stopped_at DATETIME, 
	last_used_at DATETIME, 
	process_id INTEGER, 
	process_started INTEGER, 
	boot_id VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(owner_id) REFERENCES owners (id)
);
INSERT INTO "deployments" VALUES('serve-d6298b5b','owner','finished-run-model-q8_0.gguf','serve','WORKSPACE/exports/finished-run/model-q8_0.gguf',NULL,NULL,'127.0.0.1',8000,'{}','running','ready','always',0,NULL,'http://127.0.0.1:8000','WORKSPACE/secrets/serve-d6298b5b',NULL,NULL,NULL,'WORKSPACE/logs/serve-d6298b5b.log','2026-11-30 20:08:27.393000','2026-11-30 20:08:34.807000',NULL,'2026-11-30 20:09:31.483000',22314,113035,'2e780823-49e3-4c68-93d9-6ebf43af3903.4026531836');
CREATE TABLE events (
	id INTEGER NOT NULL, 
	job_id VARCHAR NOT NULL, 
	attempt INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	message VARCHAR NOT NULL, 
	details JSON NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(job_id) REFERENCES jobs (id)
);
INSERT INTO "events" VALUES(1,'prepare-20261130-tkdggb',0,'2026-11-30 19:57:18.777000','asked for','{}');
INSERT INTO "events" VALUES(2,'prepare-20261130-tkdggb',1,'2026-11-30 19:57:19.080000','attempt 1 begins','{"worker": "laptop-11557-4efb2e", "device": null}');
INSERT INTO "events" VALUES(3,'prepare-20261130-tkdggb',1,'2026-11-30 19:57:25.163000','succeeded','{}');
INSERT INTO "events" VALUES(4,'train-20261130-tkgkft',0,'2026-11-30 19:57:26.932000','asked for','{}');
INSERT INTO "events" VALUES(5,'train-20261130-tkgkft',1,'2026-11-30 19:57:27.083000','attempt 1 begins','{"worker": "laptop-11557-4efb2e", "device": null}');
INSERT INTO "events" VALUES(6,'train-20261130-tkgkft',1,'2026-11-30 19:58:08.232000','checkpoint-18 published','{"checkpoint": "WORKSPACE/runs/finished-run/checkpoint-18", "step": 18}');
INSERT INTO "events" VALUES(7,'train-20261130-tkgkft',1,'2026-11-30 19:58:08.232000','The adapter of step 18 of 18 is kept, validation loss 4.5735.','{"step": 18}');
INSERT INTO "events" VALUES(8,'train-20261130-tkgkft',1,'2026-11-30 19:58:11.074000','Merged into the dequantized weights: 0.02% from the model as trained.','{"method": "dequantized", "difference": 0.0001606171135790646, "differences": {"original": 0.05669239163398743, "dequantized": 0.0001606171135790646}, "dtype": "float16"}');
INSERT INTO "events" VALUES(9,'train-20261130-tkgkft',1,'2026-11-30 19:58:11.097000','succeeded','{}');
INSERT INTO "events" VALUES(10,'train-20261130-tm3rqk',0,'2026-11-30 19:58:17.477000','asked for','{}');
INSERT INTO "events" VALUES(11,'train-20261130-tm3rqk',1,'2026-11-30 19:58:17.787000','attempt 1 begins','{"worker": "laptop-11557-4efb2e", "device": null}');
INSERT INTO "events" VALUES(12,'evaluate-20261130-tm5691',0,'2026-11-30 19:58:21.228000','asked for','{}');
INSERT INTO "events" VALUES(13,'train-20261130-tm3rqk',1,'2026-11-30 19:58:53.067000','checkpoint-5 published','{"checkpoint": "WORKSPACE/runs/paused-run/checkpoint-5", "step": 5}');
INSERT INTO "events" VALUES(14,'train-20261130-tm3rqk',1,'2026-11-30 19:59:02.956000','checkpoint-10 published','{"checkpoint": "WORKSPACE/runs/paused-run/checkpoint-10", "step": 10}');
INSERT INTO "events" VALUES(15,'train-20261130-tm3rqk',1,'2026-11-30 19:59:13.885000','checkpoint-15 published','{"checkpoint": "WORKSPACE/runs/paused-run/checkpoint-15", "step": 15}');
INSERT INTO "events" VALUES(16,'train-20261130-tm3rqk',1,'2026-11-30 19:59:25.381000','checkpoint-20 published','{"checkpoint": "WORKSPACE/runs/paused-run/checkpoint-20", "step": 20}');
INSERT INTO "events" VALUES(17,'train-20261130-tm3rqk',1,'2026-11-30 19:59:36.321000','checkpoint-25 published','{"checkpoint": "WORKSPACE/runs/paused-run/checkpoint-25", "step": 25}');
INSERT INTO "events" VALUES(18,'train-20261130-tm3rqk',1,'2026-11-30 19:59:43.659000','checkpoint-30 published','{"checkpoint": "WORKSPACE/runs/paused-run/checkpoint-30", "step": 30}');
INSERT INTO "events" VALUES(19,'train-20261130-tm3rqk',1,'2026-11-30 19:59:57.981000','checkpoint-35 published','{"checkpoint": "WORKSPACE/runs/paused-run/checkpoint-35", "step": 35}');
INSERT INTO "events" VALUES(20,'train-20261130-tm3rqk',1,'2026-11-30 20:00:08.816000','checkpoint-40 published','{"checkpoint": "WORKSPACE/runs/paused-run/checkpoint-40", "step": 40}');
INSERT INTO "events" VALUES(21,'train-20261130-tm3rqk',1,'2026-11-30 20:00:14.960000','checkpoint-45 published','{"checkpoint": "WORKSPACE/runs/paused-run/checkpoint-45", "step": 45}');
INSERT INTO "events" VALUES(22,'train-20261130-tm3rqk',1,'2026-11-30 20:00:25.249000','checkpoint-50 published','{"checkpoint": "WORKSPACE/runs/paused-run/checkpoint-50", "step": 50}');
INSERT INTO "events" VALUES(23,'train-20261130-tm3rqk',1,'2026-11-30 20:00:35.012000','checkpoint-55 published','{"checkpoint": "WORKSPACE/runs/paused-run/checkpoint-55", "step": 55}');
INSERT INTO "events" VALUES(24,'train-20261130-tm3rqk',1,'2026-11-30 20:00:43.841000','checkpoint-60 published','{"checkpoint": "WORKSPACE/runs/paused-run/checkpoint-60", "step": 60}');
INSERT INTO "events" VALUES(25,'train-20261130-tm3rqk',1,'2026-11-30 20:00:52.016000','checkpoint-65 published','{"checkpoint": "WORKSPACE/runs/paused-run/checkpoint-65", "step": 65}');
INSERT INTO "events" VALUES(26,'train-20261130-tm3rqk',1,'2026-11-30 20:00:58.853000','checkpoint-70 published','{"checkpoint": "WORKSPACE/runs/paused-run/checkpoint-70", "step": 70}');
INSERT INTO "events" VALUES(27,'train-20261130-tm3rqk',1,'2026-11-30 20:01:09.652000','checkpoint-75 published','{"checkpoint": "WORKSPACE/runs/paused-run/checkpoint-75", "step": 75}');
INSERT INTO "events" VALUES(28,'train-20261130-tm3rqk',1,'2026-11-30 20:01:19.937000','checkpoint-80 published','{"checkpoint": "WORKSPACE/runs/paused-run/checkpoint-80", "step": 80}');
INSERT INTO "events" VALUES(29,'train-20261130-tm3rqk',1,'2026-11-30 20:01:30.233000','checkpoint-85 published','{"checkpoint": "WORKSPACE/runs/paused-run/checkpoint-85", "step": 85}');
INSERT INTO "events" VALUES(30,'train-20261130-tm3rqk',1,'2026-11-30 20:01:38.540000','checkpoint-90 published','{"checkpoint": "WORKSPACE/runs/paused-run/checkpoint-90", "step": 90}');
INSERT INTO "events" VALUES(31,'train-20261130-tm3rqk',1,'2026-11-30 20:01:46.858000','checkpoint-95 published','{"checkpoint": "WORKSPACE/runs/paused-run/checkpoint-95", "step": 95}');
INSERT INTO "events" VALUES(32,'train-20261130-tm3rqk',1,'2026-11-30 20:02:00.823000','checkpoint-100 published','{"checkpoint": "WORKSPACE/runs/paused-run/checkpoint-100", "step": 100}');
INSERT INTO "events" VALUES(33,'train-20261130-tm3rqk',1,'2026-11-30 20:02:10.167000','checkpoint-105 published','{"checkpoint": "WORKSPACE/runs/paused-run/checkpoint-105", "step": 105}');
INSERT INTO "events" VALUES(34,'train-20261130-tm3rqk',1,'2026-11-30 20:02:17.497000','checkpoint-110 published','{"checkpoint": "WORKSPACE/runs/paused-run/checkpoint-110", "step": 110}');
INSERT INTO "events" VALUES(35,'train-20261130-tm3rqk',1,'2026-11-30 20:02:30.357000','checkpoint-115 published','{"checkpoint": "WORKSPACE/runs/paused-run/checkpoint-115", "step": 115}');
INSERT INTO "events" VALUES(36,'train-20261130-tm3rqk',1,'2026-11-30 20:02:42.852000','pause asked for','{}');
INSERT INTO "events" VALUES(37,'train-20261130-tm3rqk',1,'2026-11-30 20:02:43.168000','checkpoint-120 published','{"checkpoint": "WORKSPACE/runs/paused-run/checkpoint-120", "step": 120}');
INSERT INTO "events" VALUES(38,'train-20261130-tm3rqk',1,'2026-11-30 20:02:48.087000','checkpoint-121 published','{"checkpoint": "WORKSPACE/runs/paused-run/checkpoint-121", "step": 121}');
INSERT INTO "events" VALUES(39,'train-20261130-tm3rqk',1,'2026-11-30 20:02:48.147000','paused by you','{}');
INSERT INTO "events" VALUES(40,'evaluate-20261130-tm5691',1,'2026-11-30 20:02:48.421000','attempt 1 begins','{"worker": "laptop-11557-4efb2e", "device": null}');
INSERT INTO "events" VALUES(41,'evaluate-20261130-tm5691',1,'2026-11-30 20:03:57.157000','succeeded','{}');
INSERT INTO "events" VALUES(42,'export-20261130-tr6nyp',0,'2026-11-30 20:04:02.699000','asked for','{}');
INSERT INTO "events" VALUES(43,'export-20261130-tr6nyp',1,'2026-11-30 20:04:02.908000','attempt 1 begins','{"worker": "laptop-11557-4efb2e", "device": null}');
INSERT INTO "events" VALUES(44,'export-20261130-tr6nyp',1,'2026-11-30 20:06:26.113000','succeeded','{}');
CREATE TABLE jobs (
	id VARCHAR NOT NULL, 
	owner_id VARCHAR NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	name VARCHAR NOT NULL, 
	state VARCHAR(32) NOT NULL, 
	spec JSON NOT NULL, 
	spec_version INTEGER NOT NULL, 
	attempt INTEGER NOT NULL, 
	max_attempts INTEGER NOT NULL, 
	hold_reason VARCHAR(32), 
	stop_requested VARCHAR(32), 
	stop_requested_at DATETIME, 
	worker_id VARCHAR, 
	lease_expires_at DATETIME, 
	device VARCHAR, 
	progress_done DOUBLE, 
	progress_total DOUBLE, 
	stage VARCHAR NOT NULL, 
	result JSON, 
	error_message VARCHAR, 
	error_remedy VARCHAR, 
	death_cause VARCHAR(32), 
	output_dir VARCHAR NOT NULL, 
	log_path VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	started_at DATETIME, 
	ended_at DATETIME, 
	process_id INTEGER, 
	process_started INTEGER, 
	boot_id VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(owner_id) REFERENCES owners (id)
);
INSERT INTO "jobs" VALUES('prepare-20261130-tkdggb','owner','prepare','old-healthcare','succeeded','{"spec_version": 1, "name": "old-healthcare", "output_dir": "WORKSPACE/datasets", "source": "sample", "domain": "healthcare", "input_file": null, "dataset_name": null, "parent": null, "shape": null, "column_map": {}, "num_samples": 60, "cleaning": {"unicode": true, "html": true, "urls": true, "whitespace": true, "boilerplate": false, "personal_data": "keep", "languages": []}, "train_ratio": 0.8, "val_ratio": 0.1, "test_ratio": 0.1, "split_by": "ratio", "stratify_by": null, "keep_together": false, "seed": 42, "min_words": 10, "max_words": 2048, "max_tokens": null, "model": "starter", "dedupe": "exact", "near_threshold": 0.6, "exclude_dataset": null, "compare_with": [], "not_compared_with": [], "mends": [], "changes": []}',1,1,5,NULL,NULL,NULL,NULL,NULL,NULL,1.0,1.0,'publishing','{"path": "WORKSPACE/datasets/old-healthcare_dataset", "splits": {"train": 48, "validation": 6, "test": 6}, "duplicates": 0, "dropped": {}, "report": {"name": "old-healthcare", "domain": "healthcare", "verdict": {"state": "ready with warnings", "why": ["Only 48 examples to train on."]}, "findings": [{"kind": "too_few", "severity": "warning", "title": "Only 48 examples to train on", "why": "Below 50 a model hardly learns more than their wording; some hundreds are a good start.", "count": 48, "rows": [], "pairs": [], "mend": null}], "source": {"kind": "sample", "domain": "healthcare", "notice": "Synthetic sample; general information, not medical advice.", "columns": {"instruction": "instruction", "input": "input", "output": "output", "topic": "topic", "aspect": "aspect"}, "notes": []}, "notice": "Synthetic sample; general information, not medical advice.", "shape": "instruction", "detected": {"shape": "instruction", "mapping": {"instruction": "instruction", "input": "input", "output": "output", "topic": "topic", "aspect": "aspect"}, "reason": "Questions with their answers: columns ''instruction'', ''input'' and ''output'' are there."}, "columns": ["instruction", "input", "output", "topic", "aspect"], "version": {"number": 1, "root": "old-healthcare", "parent": null, "changes": ""}, "counts": {"read": 60, "kept": 60, "dropped": 0}, "dropped": {}, "cleaned": {}, "cleaning": {}, "duplicates": 0, "splits": {"train": 48, "validation": 6, "test": 6}, "lengths": {"unit": "words", "min": 38, "median": 49.5, "mean": 49.1, "p95": 56.14999999999999, "max": 62, "histogram": [{"from": 38, "below": 39, "count": 1}, {"from": 39, "below": 40, "count": 0}, {"from": 40, "below": 41, "count": 1}, {"from": 41, "below": 43, "count": 2}, {"from": 43, "below": 44, "count": 5}, {"from": 44, "below": 45, "count": 4}, {"from": 45, "below": 46, "count": 5}, {"from": 46, "below": 48, "count": 8}, {"from": 48, "below": 49, "count": 2}, {"from": 49, "below": 50, "count": 2}, {"from": 50, "below": 51, "count": 7}, {"from": 51, "below": 53, "count": 4}, {"from": 53, "below": 54, "count": 6}, {"from": 54, "below": 55, "count": 5}, {"from": 55, "below": 56, "count": 1}, {"from": 56, "below": 58, "count": 4}, {"from": 58, "below": 59, "count": 0}, {"from": 59, "below": 60, "count": 1}, {"from": 60, "below": 61, "count": 0}, {"from": 61, "below": 63, "count": 2}]}, "tokens": {"model": "starter", "context": 1024, "measured": 60, "min": 79, "median": 99.0, "mean": 99.2, "p95": 117.05, "max": 127, "histogram": [{"from": 79, "below": 81, "count": 1}, {"from": 81, "below": 83, "count": 0}, {"from": 83, "below": 86, "count": 2}, {"from": 86, "below": 88, "count": 3}, {"from": 88, "below": 91, "count": 6}, {"from": 91, "below": 93, "count": 6}, {"from": 93, "below": 96, "count": 7}, {"from": 96, "below": 98, "count": 3}, {"from": 98, "below": 101, "count": 6}, {"from": 101, "below": 103, "count": 8}, {"from": 103, "below": 105, "count": 3}, {"from": 105, "below": 108, "count": 2}, {"from": 108, "below": 110, "count": 4}, {"from": 110, "below": 113, "count": 2}, {"from": 113, "below": 115, "count": 3}, {"from": 115, "below": 118, "count": 1}, {"from": 118, "below": 120, "count": 1}, {"from": 120, "below": 123, "count": 1}, {"from": 123, "below": 125, "count": 0}, {"from": 125, "below": 128, "count": 1}], "cut_off": 0}, "languages": {"en": 60, "measured": 60}, "topics": {"diabetes": 6, "asthma": 6, "hypertension": 6, "COPD": 6, "hypothyroidism": 6, "arthritis": 6, "anaemia": 6, "heart disease": 6, "kidney disease": 6, "migraine": 6}, "topics_from": "column", "labels": {}, "seed": 42, "ratios": {"train": 0.8, "validation": 0.1, "test": 0.1}, "split_by": "ratio", "limits": {"min_words": 10, "max_words": 2048, "num_samples": 60}, "dedupe": "exact", "excluded": null, "compared_with": []}}',NULL,NULL,NULL,'WORKSPACE/datasets','WORKSPACE/logs/prepare-20261130-tkdggb.log','2026-11-30 19:57:18.773000','2026-11-30 19:57:19.076000','2026-11-30 19:57:25.158000',NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('train-20261130-tkgkft','owner','train','finished-run','succeeded','{"spec_version": 1, "name": "finished-run", "output_dir": "WORKSPACE/runs/finished-run", "model": "starter", "dataset": "WORKSPACE/datasets/old-healthcare_dataset", "load_in_4bit": true, "epochs": 3.0, "batch_size": 8, "gradient_accumulation_steps": 1, "learning_rate": 0.003, "warmup_ratio": 0.05, "lr_scheduler": "cosine", "weight_decay": 0.0, "max_grad_norm": 1.0, "max_seq_length": 512, "lora_r": 32, "lora_alpha": 64.0, "lora_dropout": 0.0, "prompt_dropout": 0.6, "lora_targets": ["all-linear"], "save_steps": 20, "eval_steps": 20, "save_total_limit": 3, "seed": 42, "merge_adapters": true, "resume_from_checkpoint": null}',1,1,5,NULL,NULL,NULL,NULL,NULL,NULL,18.0,18.0,'Merging','{"adapter": "WORKSPACE/runs/finished-run/final", "merged_model": "WORKSPACE/runs/finished-run/merged_model", "best_step": 18, "best_validation_loss": 4.573481601028616, "first_validation_loss": 5.214489495835706, "last_validation_loss": 4.573481601028616, "steps": 18, "train_tokens": 13622, "seconds": 23.231, "merge": {"method": "dequantized", "difference": 0.0001606171135790646, "differences": {"original": 0.05669239163398743, "dequantized": 0.0001606171135790646}, "dtype": "float16"}, "resumed_from": null}',NULL,NULL,NULL,'WORKSPACE/runs/finished-run','WORKSPACE/logs/train-20261130-tkgkft.log','2026-11-30 19:57:26.929000','2026-11-30 19:57:27.081000','2026-11-30 19:58:11.095000',NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('train-20261130-tm3rqk','owner','train','paused-run','queued','{"spec_version": 1, "name": "paused-run", "output_dir": "WORKSPACE/runs/paused-run", "model": "starter", "dataset": "WORKSPACE/datasets/old-healthcare_dataset", "load_in_4bit": true, "epochs": 40.0, "batch_size": 8, "gradient_accumulation_steps": 1, "learning_rate": 0.003, "warmup_ratio": 0.05, "lr_scheduler": "cosine", "weight_decay": 0.0, "max_grad_norm": 1.0, "max_seq_length": 512, "lora_r": 32, "lora_alpha": 64.0, "lora_dropout": 0.0, "prompt_dropout": 0.6, "lora_targets": ["all-linear"], "save_steps": 5, "eval_steps": 20, "save_total_limit": 3, "seed": 42, "merge_adapters": true, "resume_from_checkpoint": null}',1,1,6,'paused by you',NULL,NULL,NULL,NULL,NULL,121.0,240.0,'Training',NULL,NULL,NULL,NULL,'WORKSPACE/runs/paused-run','WORKSPACE/logs/train-20261130-tm3rqk.log','2026-11-30 19:58:17.475000','2026-11-30 19:58:17.787000',NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('evaluate-20261130-tm5691','owner','evaluate','finished-run scores','succeeded','{"spec_version": 1, "name": "finished-run scores", "output_dir": "WORKSPACE/runs/finished-run-scores", "model": "WORKSPACE/runs/finished-run", "base_model": null, "dataset": "WORKSPACE/datasets/old-healthcare_dataset", "split": "test", "max_new_tokens": 256, "temperature": 0.0, "batch_size": 16, "limit": null, "nearest": false, "benchmark_speed": false, "seed": 42}',1,1,5,NULL,NULL,NULL,NULL,NULL,NULL,132.0,132.0,'answers of tuned','{"scorecards": {"base": {"loss": {"value": 4.960033532696212, "low": 4.660549100284012, "high": 5.323140327360004}, "perplexity": {"value": 142.5985775315987, "low": 105.69410288751568, "high": 205.02672315570385}, "token_accuracy": {"value": 0.20985010706638116, "low": 0.1764641098730241, "high": 0.23640167364016737}, "exact_match": {"value": 0.0, "low": 0.0, "high": 0.0}, "accuracy": {"value": 0.0, "low": 0.0, "high": 0.0}, "f1": {"value": 0.022140606708291113, "low": 0.010707737440410708, "high": 0.03400465914278069}, "rouge1": {"value": 0.03590404675395327, "low": 0.012040855105473165, "high": 0.07050712949211223}, "rouge2": {"value": 0.002857548542827731, "low": 0.0, "high": 0.006364405476080593}, "rougeL": {"value": 0.02769305716548807, "low": 0.011146488237635028, "high": 0.04938807600091963}, "bleu": {"value": 0.001760403319129274, "low": 0.0010457422719342873, "high": 0.002724557112785403}, "mean_length": {"value": 114.83333333333333, "low": 49.99166666666667, "high": 183.5}}, "tuned": {"loss": {"value": 4.554601283393984, "low": 4.3114596056038375, "high": 4.862319428151872}, "perplexity": {"value": 95.06884215171158, "low": 74.54922202956416, "high": 129.32381180127945}, "token_accuracy": {"value": 0.2462526766595289, "low": 0.21738662926601215, "high": 0.26898047722342733}, "exact_match": {"value": 0.0, "low": 0.0, "high": 0.0}, "accuracy": {"value": 0.0, "low": 0.0, "high": 0.0}, "f1": {"value": 0.05385728372355131, "low": 0.03108358777956786, "high": 0.0839874493125267}, "rouge1": {"value": 0.07580172878345622, "low": 0.029622165049905624, "high": 0.12444279638125372}, "rouge2": {"value": 0.0022988505747126436, "low": 0.0, "high": 0.006896551724137931}, "rougeL": {"value": 0.06930371291044034, "low": 0.027886053938794512, "high": 0.11072137188208618}, "bleu": {"value": 0.002670880997323062, "low": 0.0015653812821517816, "high": 0.004594158915778216}, "mean_length": {"value": 99.5, "low": 61.333333333333336, "high": 137.16666666666666}}}, "examples": 6, "split": "test", "speed": null, "seconds": 28.95, "model": "finished-run", "dataset": "old-healthcare_dataset", "how": {"base": "starter in float32", "tuned": "finished-run in float32"}, "notes": [], "files": ["WORKSPACE/runs/finished-run-scores/metrics.json", "WORKSPACE/runs/finished-run-scores/predictions.json", "WORKSPACE/runs/finished-run-scores/evaluation_report.txt"]}',NULL,NULL,NULL,'WORKSPACE/runs/finished-run-scores','WORKSPACE/logs/evaluate-20261130-tm5691.log','2026-11-30 19:58:21.225000','2026-11-30 20:02:48.420000','2026-11-30 20:03:57.133000',NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('export-20261130-tr6nyp','owner','export','finished-run','succeeded','{"spec_version": 1, "name": "finished-run", "output_dir": "WORKSPACE/exports/finished-run", "model": "WORKSPACE/runs/finished-run", "base_model": null, "types": ["q8_0", "q4_0"], "benchmark": true, "dataset": null, "test_generation": false, "test_prompt": null}',1,1,5,NULL,NULL,NULL,NULL,NULL,NULL,12.0,12.0,'Done','{"gguf": {"q8_0": {"path": "WORKSPACE/exports/finished-run/model-q8_0.gguf", "bytes": 6654368, "sha256": "150c40dc83ce92a5708a0126cec1b90d8bb30d5cb6ab5d6b5cca9d6121191eca", "parity": {"tokens_equal": true, "mean_kl_divergence": 0.0004073982282562794, "largest_kl_allowed": 0.01, "top1_agreement": 0.982421875, "positions": 512, "largest_weight_error": 0.006392316531745597, "passed": true, "kept_wider": 0, "logits_max_difference": 8.58306884765625e-06, "logits_max_difference_as_run": 0.005034923553466797}, "perplexity": 142.29195659344495, "speed": {"load_s": 0.5457, "time_to_first_token_s": 0.01639, "tokens_per_second": 418.5, "peak_memory_bytes": 76767232}}, "q4_0": {"path": "WORKSPACE/exports/finished-run/model-q4_0.gguf", "bytes": 3844512, "sha256": "a9c9869a8c32a670d916481288ec2db2eb661590ec081d40f249645dd1004efd", "parity": {"tokens_equal": true, "mean_kl_divergence": 0.02550820608123193, "largest_kl_allowed": 0.36, "top1_agreement": 0.88671875, "positions": 512, "largest_weight_error": 0.10086228442839207, "passed": true, "kept_wider": 0, "logits_max_difference": 8.58306884765625e-06, "logits_max_difference_as_run": 0.005034923553466797}, "perplexity": 144.53139648480376, "speed": {"load_s": 0.5362, "time_to_first_token_s": 0.01656, "tokens_per_second": 136.9, "peak_memory_bytes": 76763136}}}, "source": "WORKSPACE/runs/finished-run/merged_model", "metrics_file": "WORKSPACE/exports/finished-run/quantization_metrics.json"}',NULL,NULL,NULL,'WORKSPACE/exports/finished-run','WORKSPACE/logs/export-20261130-tr6nyp.log','2026-11-30 20:04:02.684000','2026-11-30 20:04:02.908000','2026-11-30 20:06:26.099000',NULL,NULL,NULL);
CREATE TABLE metrics (
	job_id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	step INTEGER NOT NULL, 
	attempt INTEGER NOT NULL, 
	value DOUBLE, 
	PRIMARY KEY (job_id, name, step), 
	FOREIGN KEY(job_id) REFERENCES jobs (id)
)
 WITHOUT ROWID

;
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','eval_loss',0,1,5.21448949583570620092e+00);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','eval_loss',18,1,4.57348160102861633902e+00);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','grad_norm',1,1,5.57753741741180419921e-01);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','grad_norm',2,1,4.86966282129287719726e-01);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','grad_norm',3,1,5.00172138214111328125e-01);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','grad_norm',4,1,4.49355483055114746093e-01);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','grad_norm',5,1,0.469005286693573);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','grad_norm',6,1,5.07251262664794921875e-01);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','grad_norm',7,1,4.4768288731575012207e-01);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','grad_norm',8,1,4.72473978996276855468e-01);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','grad_norm',9,1,4.98266160488128662109e-01);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','grad_norm',10,1,5.50903916358947753906e-01);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','grad_norm',11,1,5.69391846656799316406e-01);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','grad_norm',12,1,5.97306787967681884765e-01);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','grad_norm',13,1,5.51530361175537109375e-01);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','grad_norm',14,1,5.6376653909683227539e-01);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','grad_norm',15,1,5.42430281639099121093e-01);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','grad_norm',16,1,5.0042635202407836914e-01);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','grad_norm',17,1,5.24334609508514404296e-01);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','grad_norm',18,1,0.531176745891571);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','learning_rate',1,1,0.003);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','learning_rate',2,1,0.003);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','learning_rate',3,1,2.97445964952585285151e-03);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','learning_rate',4,1,2.89870834410653347226e-03);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','learning_rate',5,1,2.77532570359442136778e-03);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','learning_rate',6,1,2.60851337583098853017e-03);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','learning_rate',7,1,2.4039519545688849654e-03);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','learning_rate',8,1,2.16860753366480757051e-03);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','learning_rate',9,1,1.91049448510812467164e-03);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','learning_rate',10,1,1.63840253919495318357e-03);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','learning_rate',11,1,1.36159746080504709571e-03);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','learning_rate',12,1,1.08950551489187582449e-03);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','learning_rate',13,1,8.31392466335192708778e-04);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','learning_rate',14,1,5.96048045431115530723e-04);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','learning_rate',15,1,3.9148662416901153227e-04);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','learning_rate',16,1,2.24674296405579019923e-04);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','learning_rate',17,1,1.01291655893466454657e-04);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','learning_rate',18,1,2.55403504741473227424e-05);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','loss',1,1,5.10936498641967773437e+00);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','loss',2,1,4.72743034362793);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','loss',3,1,4.69834136962890625e+00);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','loss',4,1,4.74986743927001953125e+00);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','loss',5,1,4.82189178466796875e+00);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','loss',6,1,4.57709836959838867187e+00);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','loss',7,1,4.2038669586181640625e+00);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','loss',8,1,4.24389982223510742187e+00);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','loss',9,1,3.8975849151611328125e+00);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','loss',10,1,4.2320876121521);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','loss',11,1,4.07498884201049804687e+00);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','loss',12,1,3.93690061569213867187e+00);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','loss',13,1,3.93005800247192382812e+00);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','loss',14,1,3.71099805831909179687e+00);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','loss',15,1,3.9210491180419921875e+00);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','loss',16,1,3.6194477081298828125e+00);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','loss',17,1,3.6474094390869140625e+00);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','loss',18,1,3.62036538124084472656e+00);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','tokens_per_second',1,1,3.39419520492174342507e+02);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','tokens_per_second',2,1,4.01536907741842128425e+02);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','tokens_per_second',3,1,4.65918221216460835864e+02);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','tokens_per_second',4,1,5.34537881925445617541e+02);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','tokens_per_second',5,1,5.96594901560816083486e+02);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','tokens_per_second',6,1,6.91753776268167143827e+02);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','tokens_per_second',7,1,5.83275296515494119393e+02);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','tokens_per_second',8,1,6.96256415532803202934e+02);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','tokens_per_second',9,1,7.69056587668468182548e+02);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','tokens_per_second',10,1,677.989131358518);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','tokens_per_second',11,1,6.80667667093288400806e+02);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','tokens_per_second',12,1,6.27112893277039802359e+02);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','tokens_per_second',13,1,6.99586937458178795149e+02);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','tokens_per_second',14,1,5.53672006528261817937e+02);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','tokens_per_second',15,1,4.83379066471320072671e+02);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','tokens_per_second',16,1,7.31962664248547298503e+02);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','tokens_per_second',17,1,773.711304711677);
INSERT INTO "metrics" VALUES('train-20261130-tkgkft','tokens_per_second',18,1,8.01306851751281783418e+02);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','eval_loss',0,1,5.21448949583570620092e+00);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','eval_loss',20,1,4.57801933549259665312e+00);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','eval_loss',40,1,4.93802164898918);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','eval_loss',60,1,5.36878581470672);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','eval_loss',80,1,5.46306914240461249931e+00);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','eval_loss',100,1,5.61619480975939655564e+00);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','eval_loss',120,1,5.70033323248861);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','grad_norm',10,1,5.63326597213745117187e-01);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','grad_norm',20,1,7.35419988632202148437e-01);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','grad_norm',30,1,1.02360236644744873046e+00);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','grad_norm',40,1,9.40856337547302246093e-01);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','grad_norm',50,1,7.3428541421890258789e-01);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','grad_norm',60,1,8.31397175788879394531e-01);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','grad_norm',70,1,0.4908427298069);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','grad_norm',80,1,2.93892592191696166992e-01);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','grad_norm',90,1,0.250313401222229);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','grad_norm',100,1,2.15268298983573913574e-01);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','grad_norm',110,1,1.99464231729507446289e-01);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','grad_norm',120,1,1.70888781547546386718e-01);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','learning_rate',10,1,0.0025);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','learning_rate',20,1,2.99302810754150565644e-03);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','learning_rate',30,1,2.95903598942784569481e-03);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','learning_rate',40,1,2.89738663207691864165e-03);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','learning_rate',50,1,2.80924865027097235212e-03);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','learning_rate',60,1,2.69629277267356345926e-03);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','learning_rate',70,1,2.5606601717798210295e-03);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','learning_rate',80,1,2.40492187621307819053e-03);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','learning_rate',90,1,2.23203003474149730411e-03);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','learning_rate',100,1,2.04526195584574460931e-03);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','learning_rate',110,1,1.84815798361420181861e-03);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','learning_rate',120,1,1.64445438757971273621e-03);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','loss',10,1,4.65819215774536132812e+00);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','loss',20,1,3.22696852684021);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','loss',30,1,2.72178244590759277343e+00);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','loss',40,1,1.707904815673828125e+00);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','loss',50,1,8.3405119180679321289e-01);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','loss',60,1,0.605482280254364);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','loss',70,1,2.7842006087303161621e-01);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','loss',80,1,1.51930674910545349121e-01);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','loss',90,1,1.04125753045082092285e-01);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','loss',100,1,0.0752812847495079);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','loss',110,1,5.47071509063243865966e-02);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','loss',120,1,5.24927563965320587158e-02);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','tokens_per_second',10,1,3.36541338650463046629e+02);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','tokens_per_second',20,1,3.03112825013482051878e+02);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','tokens_per_second',30,1,556.215428270341);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','tokens_per_second',40,1,3.94217389499521857487e+02);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','tokens_per_second',50,1,3.223916733869507425e+02);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','tokens_per_second',60,1,544.715031261143);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','tokens_per_second',70,1,4.87478307625774675681e+02);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','tokens_per_second',80,1,3.89666636000284483994e+02);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','tokens_per_second',90,1,4.56084800055149855793e+02);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','tokens_per_second',100,1,4.9583797153176055873e+02);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','tokens_per_second',110,1,6.53552835448831388005e+02);
INSERT INTO "metrics" VALUES('train-20261130-tm3rqk','tokens_per_second',120,1,2.82946097982124172166e+02);
CREATE TABLE owners (
	id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "owners" VALUES('owner','Owner','2026-11-30 19:57:08.459000');
CREATE TABLE workers (
	role VARCHAR NOT NULL, 
	worker_id VARCHAR NOT NULL, 
	lease_expires_at DATETIME NOT NULL, 
	started_at DATETIME NOT NULL, 
	facts JSON NOT NULL, 
	process_id INTEGER, 
	process_started INTEGER, 
	boot_id VARCHAR, 
	PRIMARY KEY (role)
);
CREATE INDEX jobs_by_age ON jobs (created_at, id);
CREATE INDEX jobs_in_turn ON jobs (state, kind, created_at);
CREATE INDEX artifacts_by_kind ON artifacts (kind, created_at);
CREATE UNIQUE INDEX artifacts_of_job ON artifacts (job_id, stored_path);
CREATE INDEX events_of_job ON events (job_id, id);
COMMIT;
