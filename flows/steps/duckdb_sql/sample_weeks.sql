-- Made from flows/steps/expressions.py by `make queries`, with Ibis 12.0.0 and SQLGlot 30.30.0.

-- table placed
--   part_id: int64
--   entity: string
--   own_entity: string
--   items: bool
--   start: date32[day]
--   span_start: date32[day]
--   span_end: date32[day]
--   first: date32[day]
--   last: date32[day]
--   value: double
--   flags: list<item: string>
--   retrieved_at: timestamp[us, tz=UTC]
--   pull_id: string
--   rollover: bool
--   reset: bool
--   implausible: bool
--   corrected: bool
WITH "t20" AS (
  SELECT
    "t16"."source",
    "t16"."metric",
    "t16"."entity",
    "t16"."start",
    "t16"."end",
    "t16"."value",
    "t16"."flags",
    "t16"."retrieved_at",
    "t16"."pull_id",
    "t16"."kind",
    "t16"."rollover",
    "t16"."divide_by",
    "t16"."largest_step",
    "t16"."resets",
    ROW_NUMBER() OVER (
      PARTITION BY "t16"."source", "t16"."metric", "t16"."entity"
      ORDER BY "t16"."start" ASC, "t16"."value" ASC, "t16"."pull_id" ASC
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) - 1 AS "at",
    "t16"."value" - LAG("t16"."value") OVER (
      PARTITION BY "t16"."source", "t16"."metric", "t16"."entity"
      ORDER BY "t16"."start" ASC, "t16"."value" ASC, "t16"."pull_id" ASC
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS "risen"
  FROM (
    SELECT
      "t15"."source",
      "t15"."metric",
      "t15"."entity",
      "t15"."start",
      "t15"."end",
      "t15"."value",
      "t15"."flags",
      "t15"."retrieved_at",
      "t15"."pull_id",
      "t9"."kind",
      "t9"."rollover",
      "t9"."divide_by",
      "t9"."largest_step",
      "t9"."resets"
    FROM (
      SELECT
        *
      FROM "observations" AS "t2"
      WHERE
        NOT (
          COALESCE(ARRAY_CONTAINS("t2"."flags", 'incomplete'), FALSE)
        )
        AND NOT (
          COALESCE(ARRAY_CONTAINS("t2"."flags", 'partial'), FALSE)
        )
        AND DATE_DIFF('DAY', "t2"."start", "t2"."end") <= 7
        AND "t2"."value" IS NOT NULL
    ) AS "t15"
    INNER JOIN (
      SELECT
        *
      FROM "metrics" AS "t4"
      WHERE
        "t4"."kind" = 'reading'
    ) AS "t9"
      ON "t15"."source" = "t9"."source" AND "t15"."metric" = "t9"."metric"
  ) AS "t16"
)
SELECT
  *
FROM (
  SELECT
    "t5"."part_id",
    CASE WHEN "t5"."items" THEN '' ELSE "t38"."entity" END AS "entity",
    "t38"."entity" AS "own_entity",
    "t5"."items",
    "t6"."start",
    "t38"."start" AS "span_start",
    "t38"."end" AS "span_end",
    GREATEST("t38"."start", "t6"."start") AS "first",
    LEAST("t38"."end", "t6"."end") AS "last",
    "t38"."value",
    "t38"."flags",
    "t38"."retrieved_at",
    "t38"."pull_id",
    "t38"."rollover",
    "t38"."reset",
    "t38"."implausible",
    "t38"."corrected"
  FROM (
    SELECT
      "t36"."source",
      "t36"."metric",
      "t36"."entity",
      "t36"."since" AS "start",
      "t36"."start" AS "end",
      CASE
        WHEN COALESCE(
          (
            ABS(
              CASE
                WHEN "t36"."rolls"
                THEN "t36"."forward"
                WHEN "t36"."began"
                THEN "t36"."value"
                ELSE "t36"."value" - "t36"."before"
              END
            ) > "t36"."most"
          )
          OR (
            (
              "t36"."value" < "t36"."before"
            )
            AND NOT (
              "t36"."rolls"
            )
            AND NOT (
              "t36"."began"
            )
            AND "t36"."resets"
            AND (
              (
                "t36"."after" IS NULL
              )
              OR (
                (
                  "t36"."before" - "t36"."value"
                ) > "t36"."near"
              )
            )
          ),
          FALSE
        )
        THEN CAST(NULL AS DOUBLE)
        ELSE CASE
          WHEN "t36"."rolls"
          THEN "t36"."forward"
          WHEN "t36"."began"
          THEN "t36"."value"
          ELSE "t36"."value" - "t36"."before"
        END / "t36"."divide_by"
      END AS "value",
      "t36"."flags",
      "t36"."retrieved_at",
      "t36"."pull_id",
      "t36"."rolls" AS "rollover",
      "t36"."began" AS "reset",
      COALESCE(
        (
          ABS(
            CASE
              WHEN "t36"."rolls"
              THEN "t36"."forward"
              WHEN "t36"."began"
              THEN "t36"."value"
              ELSE "t36"."value" - "t36"."before"
            END
          ) > "t36"."most"
        )
        OR (
          (
            "t36"."value" < "t36"."before"
          )
          AND NOT (
            "t36"."rolls"
          )
          AND NOT (
            "t36"."began"
          )
          AND "t36"."resets"
          AND (
            (
              "t36"."after" IS NULL
            )
            OR (
              (
                "t36"."before" - "t36"."value"
              ) > "t36"."near"
            )
          )
        ),
        FALSE
      ) AS "implausible",
      (
        (
          "t36"."value" < "t36"."before"
        )
        AND NOT (
          "t36"."rolls"
        )
        AND NOT (
          "t36"."began"
        )
        AND "t36"."resets"
        AND NOT (
          COALESCE(
            (
              ABS(
                CASE
                  WHEN "t36"."rolls"
                  THEN "t36"."forward"
                  WHEN "t36"."began"
                  THEN "t36"."value"
                  ELSE "t36"."value" - "t36"."before"
                END
              ) > "t36"."most"
            )
            OR (
              (
                "t36"."value" < "t36"."before"
              )
              AND NOT (
                "t36"."rolls"
              )
              AND NOT (
                "t36"."began"
              )
              AND "t36"."resets"
              AND (
                (
                  "t36"."after" IS NULL
                )
                OR (
                  (
                    "t36"."before" - "t36"."value"
                  ) > "t36"."near"
                )
              )
            ),
            FALSE
          )
        )
      )
      OR (
        (
          "t36"."at" - "t36"."at_before"
        ) > 1
      ) AS "corrected",
      TRUE AS "steps"
    FROM (
      SELECT
        "t35"."source",
        "t35"."metric",
        "t35"."entity",
        "t35"."start",
        "t35"."value",
        "t35"."flags",
        "t35"."retrieved_at",
        "t35"."pull_id",
        "t35"."rollover",
        "t35"."divide_by",
        "t35"."largest_step",
        "t35"."resets",
        "t35"."rate",
        "t35"."at",
        "t35"."before",
        "t35"."since",
        "t35"."at_before",
        "t35"."after",
        "t35"."beyond",
        "t35"."days",
        "t35"."days_after",
        COALESCE("t35"."largest_step", "t35"."rate" * "t35"."days") AS "most",
        (
          "t35"."value" - "t35"."before"
        ) + "t35"."rollover" AS "forward",
        COALESCE("t35"."largest_step", "t35"."rate" * "t35"."days" * 0.1, "t35"."before" * 0.1) AS "near",
        COALESCE(
          "t35"."largest_step",
          "t35"."rate" * "t35"."days_after" * 0.1,
          COALESCE("t35"."largest_step", "t35"."rate" * "t35"."days" * 0.1, "t35"."before" * 0.1)
        ) AS "near_after",
        COALESCE(
          (
            "t35"."value" < "t35"."before"
          )
          AND "t35"."resets"
          AND (
            (
              (
                "t35"."value" - "t35"."before"
              ) + "t35"."rollover"
            ) <= COALESCE("t35"."largest_step", "t35"."rollover" * 0.1)
          ),
          FALSE
        ) AS "rolls",
        COALESCE(
          (
            "t35"."value" < "t35"."before"
          )
          AND "t35"."resets"
          AND NOT (
            COALESCE(
              (
                "t35"."value" < "t35"."before"
              )
              AND "t35"."resets"
              AND (
                (
                  (
                    "t35"."value" - "t35"."before"
                  ) + "t35"."rollover"
                ) <= COALESCE("t35"."largest_step", "t35"."rollover" * 0.1)
              ),
              FALSE
            )
          )
          AND (
            "t35"."value" <= COALESCE("t35"."largest_step", "t35"."rate" * "t35"."days" * 0.1, "t35"."before" * 0.1)
          ),
          FALSE
        ) AS "began"
      FROM (
        SELECT
          "t34"."source",
          "t34"."metric",
          "t34"."entity",
          "t34"."start",
          "t34"."value",
          "t34"."flags",
          "t34"."retrieved_at",
          "t34"."pull_id",
          "t34"."rollover",
          "t34"."divide_by",
          "t34"."largest_step",
          "t34"."resets",
          "t34"."rate",
          "t34"."at",
          LAG("t34"."value") OVER (
            PARTITION BY "t34"."source", "t34"."metric", "t34"."entity"
            ORDER BY "t34"."start" ASC, "t34"."value" ASC, "t34"."pull_id" ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) AS "before",
          LAG("t34"."start") OVER (
            PARTITION BY "t34"."source", "t34"."metric", "t34"."entity"
            ORDER BY "t34"."start" ASC, "t34"."value" ASC, "t34"."pull_id" ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) AS "since",
          LAG("t34"."at") OVER (
            PARTITION BY "t34"."source", "t34"."metric", "t34"."entity"
            ORDER BY "t34"."start" ASC, "t34"."value" ASC, "t34"."pull_id" ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) AS "at_before",
          LEAD("t34"."value") OVER (
            PARTITION BY "t34"."source", "t34"."metric", "t34"."entity"
            ORDER BY "t34"."start" ASC, "t34"."value" ASC, "t34"."pull_id" ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) AS "after",
          LEAD("t34"."value", 2) OVER (
            PARTITION BY "t34"."source", "t34"."metric", "t34"."entity"
            ORDER BY "t34"."start" ASC, "t34"."value" ASC, "t34"."pull_id" ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) AS "beyond",
          CAST(DATE_DIFF(
            'DAY',
            LAG("t34"."start") OVER (
              PARTITION BY "t34"."source", "t34"."metric", "t34"."entity"
              ORDER BY "t34"."start" ASC, "t34"."value" ASC, "t34"."pull_id" ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ),
            "t34"."start"
          ) AS DOUBLE) AS "days",
          CAST(DATE_DIFF(
            'DAY',
            "t34"."start",
            LEAD("t34"."start") OVER (
              PARTITION BY "t34"."source", "t34"."metric", "t34"."entity"
              ORDER BY "t34"."start" ASC, "t34"."value" ASC, "t34"."pull_id" ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            )
          ) AS DOUBLE) AS "days_after"
        FROM (
          SELECT
            "t33"."source",
            "t33"."metric",
            "t33"."entity",
            "t33"."start",
            "t33"."value",
            "t33"."flags",
            "t33"."retrieved_at",
            "t33"."pull_id",
            "t33"."rollover",
            "t33"."divide_by",
            "t33"."largest_step",
            "t33"."resets",
            "t33"."rate",
            "t33"."at"
          FROM (
            SELECT
              "t32"."source",
              "t32"."metric",
              "t32"."entity",
              "t32"."start",
              "t32"."end",
              "t32"."value",
              "t32"."flags",
              "t32"."retrieved_at",
              "t32"."pull_id",
              "t32"."kind",
              "t32"."rollover",
              "t32"."divide_by",
              "t32"."largest_step",
              "t32"."resets",
              "t32"."at",
              "t32"."rate",
              "t32"."before",
              "t32"."since",
              "t32"."at_before",
              "t32"."after",
              "t32"."beyond",
              "t32"."days",
              "t32"."days_after",
              COALESCE("t32"."largest_step", "t32"."rate" * "t32"."days") AS "most",
              (
                "t32"."value" - "t32"."before"
              ) + "t32"."rollover" AS "forward",
              COALESCE("t32"."largest_step", "t32"."rate" * "t32"."days" * 0.1, "t32"."before" * 0.1) AS "near",
              COALESCE(
                "t32"."largest_step",
                "t32"."rate" * "t32"."days_after" * 0.1,
                COALESCE("t32"."largest_step", "t32"."rate" * "t32"."days" * 0.1, "t32"."before" * 0.1)
              ) AS "near_after",
              COALESCE(
                (
                  "t32"."value" < "t32"."before"
                )
                AND "t32"."resets"
                AND (
                  (
                    (
                      "t32"."value" - "t32"."before"
                    ) + "t32"."rollover"
                  ) <= COALESCE("t32"."largest_step", "t32"."rollover" * 0.1)
                ),
                FALSE
              ) AS "rolls",
              COALESCE(
                (
                  "t32"."value" < "t32"."before"
                )
                AND "t32"."resets"
                AND NOT (
                  COALESCE(
                    (
                      "t32"."value" < "t32"."before"
                    )
                    AND "t32"."resets"
                    AND (
                      (
                        (
                          "t32"."value" - "t32"."before"
                        ) + "t32"."rollover"
                      ) <= COALESCE("t32"."largest_step", "t32"."rollover" * 0.1)
                    ),
                    FALSE
                  )
                )
                AND (
                  "t32"."value" <= COALESCE("t32"."largest_step", "t32"."rate" * "t32"."days" * 0.1, "t32"."before" * 0.1)
                ),
                FALSE
              ) AS "began"
            FROM (
              SELECT
                "t31"."source",
                "t31"."metric",
                "t31"."entity",
                "t31"."start",
                "t31"."end",
                "t31"."value",
                "t31"."flags",
                "t31"."retrieved_at",
                "t31"."pull_id",
                "t31"."kind",
                "t31"."rollover",
                "t31"."divide_by",
                "t31"."largest_step",
                "t31"."resets",
                "t31"."at",
                "t31"."rate",
                LAG("t31"."value") OVER (
                  PARTITION BY "t31"."source", "t31"."metric", "t31"."entity"
                  ORDER BY "t31"."start" ASC, "t31"."value" ASC, "t31"."pull_id" ASC
                  ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                ) AS "before",
                LAG("t31"."start") OVER (
                  PARTITION BY "t31"."source", "t31"."metric", "t31"."entity"
                  ORDER BY "t31"."start" ASC, "t31"."value" ASC, "t31"."pull_id" ASC
                  ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                ) AS "since",
                LAG("t31"."at") OVER (
                  PARTITION BY "t31"."source", "t31"."metric", "t31"."entity"
                  ORDER BY "t31"."start" ASC, "t31"."value" ASC, "t31"."pull_id" ASC
                  ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                ) AS "at_before",
                LEAD("t31"."value") OVER (
                  PARTITION BY "t31"."source", "t31"."metric", "t31"."entity"
                  ORDER BY "t31"."start" ASC, "t31"."value" ASC, "t31"."pull_id" ASC
                  ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                ) AS "after",
                LEAD("t31"."value", 2) OVER (
                  PARTITION BY "t31"."source", "t31"."metric", "t31"."entity"
                  ORDER BY "t31"."start" ASC, "t31"."value" ASC, "t31"."pull_id" ASC
                  ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                ) AS "beyond",
                CAST(DATE_DIFF(
                  'DAY',
                  LAG("t31"."start") OVER (
                    PARTITION BY "t31"."source", "t31"."metric", "t31"."entity"
                    ORDER BY "t31"."start" ASC, "t31"."value" ASC, "t31"."pull_id" ASC
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                  ),
                  "t31"."start"
                ) AS DOUBLE) AS "days",
                CAST(DATE_DIFF(
                  'DAY',
                  "t31"."start",
                  LEAD("t31"."start") OVER (
                    PARTITION BY "t31"."source", "t31"."metric", "t31"."entity"
                    ORDER BY "t31"."start" ASC, "t31"."value" ASC, "t31"."pull_id" ASC
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                  )
                ) AS DOUBLE) AS "days_after"
              FROM (
                SELECT
                  "t30".*
                  EXCLUDE ("entity_right", "source_right", "metric_right")
                FROM (
                  SELECT
                    "t23"."source",
                    "t23"."metric",
                    "t23"."entity",
                    "t23"."start",
                    "t23"."end",
                    "t23"."value",
                    "t23"."flags",
                    "t23"."retrieved_at",
                    "t23"."pull_id",
                    "t23"."kind",
                    "t23"."rollover",
                    "t23"."divide_by",
                    "t23"."largest_step",
                    "t23"."resets",
                    "t23"."at",
                    "t29"."source" AS "source_right",
                    "t29"."metric" AS "metric_right",
                    "t29"."entity" AS "entity_right",
                    "t29"."rate"
                  FROM (
                    SELECT
                      "t21".*
                      EXCLUDE ("risen")
                    FROM "t20" AS "t21"
                  ) AS "t23"
                  LEFT OUTER JOIN (
                    SELECT
                      "t27"."source",
                      "t27"."metric",
                      "t27"."entity",
                      (
                        "t27"."usual" + (
                          (
                            "t27"."usual_next" - "t27"."usual"
                          ) * (
                            (
                              "t27"."last" * 0.9
                            ) - CAST(CAST(FLOOR("t27"."last" * 0.9) AS BIGINT) AS DOUBLE)
                          )
                        )
                      ) * 100 AS "rate"
                    FROM (
                      SELECT
                        "t26"."source",
                        "t26"."metric",
                        "t26"."entity",
                        COUNT(*) AS "rows",
                        MAX("t26"."last") AS "last",
                        MAX("t26"."value") FILTER(WHERE
                          "t26"."at" = CAST(CAST(FLOOR("t26"."last" * 0.9) AS BIGINT) AS DOUBLE)) AS "usual",
                        MAX("t26"."value") FILTER(WHERE
                          "t26"."at" = CAST(CAST(CEIL("t26"."last" * 0.9) AS BIGINT) AS DOUBLE)) AS "usual_next"
                      FROM (
                        SELECT
                          "t25"."source",
                          "t25"."metric",
                          "t25"."entity",
                          "t25"."a_day" AS "value",
                          CAST(ROW_NUMBER() OVER (
                            PARTITION BY "t25"."source", "t25"."metric", "t25"."entity"
                            ORDER BY "t25"."a_day" ASC
                            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                          ) - 1 AS DOUBLE) AS "at",
                          CAST(COUNT(*) OVER (
                            PARTITION BY "t25"."source", "t25"."metric", "t25"."entity"
                            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                          ) - 1 AS DOUBLE) AS "last"
                        FROM (
                          SELECT
                            *
                          FROM (
                            SELECT
                              "t21"."source",
                              "t21"."metric",
                              "t21"."entity",
                              "t21"."start",
                              "t21"."end",
                              "t21"."value",
                              "t21"."flags",
                              "t21"."retrieved_at",
                              "t21"."pull_id",
                              "t21"."kind",
                              "t21"."rollover",
                              "t21"."divide_by",
                              "t21"."largest_step",
                              "t21"."resets",
                              "t21"."at",
                              "t21"."risen",
                              "t21"."risen" / NULLIF(
                                CAST(DATE_DIFF(
                                  'DAY',
                                  LAG("t21"."start") OVER (
                                    PARTITION BY "t21"."source", "t21"."metric", "t21"."entity"
                                    ORDER BY "t21"."start" ASC, "t21"."value" ASC, "t21"."pull_id" ASC
                                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                                  ),
                                  "t21"."start"
                                ) AS DOUBLE),
                                0.0
                              ) AS "a_day"
                            FROM "t20" AS "t21"
                          ) AS "t24"
                          WHERE
                            "t24"."resets"
                            AND "t24"."largest_step" IS NULL
                            AND "t24"."risen" > 0
                            AND "t24"."a_day" IS NOT NULL
                        ) AS "t25"
                      ) AS "t26"
                      GROUP BY
                        1,
                        2,
                        3
                    ) AS "t27"
                    WHERE
                      "t27"."rows" >= 10
                  ) AS "t29"
                    ON "t23"."source" = "t29"."source"
                    AND "t23"."metric" = "t29"."metric"
                    AND "t23"."entity" = "t29"."entity"
                ) AS "t30"
              ) AS "t31"
            ) AS "t32"
          ) AS "t33"
          WHERE
            NOT (
              "t33"."resets"
              AND (
                COALESCE(
                  (
                    "t33"."value" < "t33"."before"
                  )
                  AND (
                    (
                      (
                        "t33"."after" - "t33"."before"
                      ) >= 0
                    )
                    AND (
                      (
                        "t33"."after" - "t33"."before"
                      ) <= (
                        "t33"."near" + "t33"."near_after"
                      )
                    )
                  )
                  AND NOT (
                    (
                      "t33"."rolls" OR "t33"."began"
                    )
                    AND (
                      (
                        "t33"."after" - "t33"."value"
                      ) <= "t33"."near_after"
                    )
                  ),
                  FALSE
                )
                OR COALESCE(
                  (
                    (
                      "t33"."after" - "t33"."value"
                    ) < 0
                  )
                  AND (
                    (
                      (
                        "t33"."after" - "t33"."before"
                      ) >= 0
                    )
                    AND (
                      (
                        "t33"."after" - "t33"."before"
                      ) <= (
                        "t33"."near" + "t33"."near_after"
                      )
                    )
                  )
                  AND (
                    (
                      (
                        "t33"."value" - "t33"."before"
                      ) > "t33"."most"
                    )
                    OR (
                      (
                        "t33"."beyond" < "t33"."value"
                      ) AND (
                        "t33"."after" > "t33"."near_after"
                      )
                    )
                  ),
                  FALSE
                )
              )
            )
        ) AS "t34"
      ) AS "t35"
      WHERE
        "t35"."before" IS NOT NULL
    ) AS "t36"
  ) AS "t38"
  INNER JOIN "parts" AS "t5"
    ON "t38"."source" = "t5"."source"
    AND "t38"."metric" = "t5"."metric"
    AND "t38"."steps" = "t5"."steps"
    AND (
      (
        "t5"."entity" IS NULL
      ) OR (
        "t5"."entity" = "t38"."entity"
      )
    )
  INNER JOIN "grid" AS "t6"
    ON "t5"."period" = "t6"."period"
    AND "t38"."start" < "t6"."end"
    AND "t38"."end" > "t6"."start"
) AS "t39"
UNION ALL
SELECT
  *
FROM (
  SELECT
    *
  FROM (
    SELECT
      "t5"."part_id",
      CASE WHEN "t5"."items" THEN '' ELSE "t13"."entity" END AS "entity",
      "t13"."entity" AS "own_entity",
      "t5"."items",
      "t7"."start",
      "t13"."start" AS "span_start",
      "t13"."end" AS "span_end",
      GREATEST("t13"."start", "t7"."start") AS "first",
      LEAST("t13"."end", "t7"."end") AS "last",
      "t13"."value",
      "t13"."flags",
      "t13"."retrieved_at",
      "t13"."pull_id",
      "t13"."rollover",
      "t13"."reset",
      "t13"."implausible",
      "t13"."corrected"
    FROM (
      SELECT
        "t2"."source",
        "t2"."metric",
        "t2"."entity",
        "t2"."start",
        "t2"."end",
        "t2"."value",
        "t2"."flags",
        "t2"."retrieved_at",
        "t2"."pull_id",
        FALSE AS "rollover",
        FALSE AS "reset",
        FALSE AS "implausible",
        FALSE AS "corrected",
        FALSE AS "steps"
      FROM "observations" AS "t2"
      WHERE
        NOT (
          COALESCE(ARRAY_CONTAINS("t2"."flags", 'incomplete'), FALSE)
        )
        AND NOT (
          COALESCE(ARRAY_CONTAINS("t2"."flags", 'partial'), FALSE)
        )
        AND DATE_DIFF('DAY', "t2"."start", "t2"."end") <= 7
        AND DATE_DIFF('DAY', "t2"."start", "t2"."end") = 1
    ) AS "t13"
    INNER JOIN "parts" AS "t5"
      ON "t13"."source" = "t5"."source"
      AND "t13"."metric" = "t5"."metric"
      AND "t13"."steps" = "t5"."steps"
      AND (
        (
          "t5"."entity" IS NULL
        ) OR (
          "t5"."entity" = "t13"."entity"
        )
      )
    INNER JOIN "days" AS "t7"
      ON "t5"."period" = "t7"."period" AND "t13"."start" = "t7"."day"
  ) AS "t17"
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      "t5"."part_id",
      CASE WHEN "t5"."items" THEN '' ELSE "t14"."entity" END AS "entity",
      "t14"."entity" AS "own_entity",
      "t5"."items",
      "t6"."start",
      "t14"."start" AS "span_start",
      "t14"."end" AS "span_end",
      GREATEST("t14"."start", "t6"."start") AS "first",
      LEAST("t14"."end", "t6"."end") AS "last",
      "t14"."value",
      "t14"."flags",
      "t14"."retrieved_at",
      "t14"."pull_id",
      "t14"."rollover",
      "t14"."reset",
      "t14"."implausible",
      "t14"."corrected"
    FROM (
      SELECT
        "t2"."source",
        "t2"."metric",
        "t2"."entity",
        "t2"."start",
        "t2"."end",
        "t2"."value",
        "t2"."flags",
        "t2"."retrieved_at",
        "t2"."pull_id",
        FALSE AS "rollover",
        FALSE AS "reset",
        FALSE AS "implausible",
        FALSE AS "corrected",
        FALSE AS "steps"
      FROM "observations" AS "t2"
      WHERE
        NOT (
          COALESCE(ARRAY_CONTAINS("t2"."flags", 'incomplete'), FALSE)
        )
        AND NOT (
          COALESCE(ARRAY_CONTAINS("t2"."flags", 'partial'), FALSE)
        )
        AND DATE_DIFF('DAY', "t2"."start", "t2"."end") <= 7
        AND DATE_DIFF('DAY', "t2"."start", "t2"."end") <> 1
    ) AS "t14"
    INNER JOIN "parts" AS "t5"
      ON "t14"."source" = "t5"."source"
      AND "t14"."metric" = "t5"."metric"
      AND "t14"."steps" = "t5"."steps"
      AND (
        (
          "t5"."entity" IS NULL
        ) OR (
          "t5"."entity" = "t14"."entity"
        )
      )
    INNER JOIN "grid" AS "t6"
      ON "t5"."period" = "t6"."period"
      AND "t14"."start" < "t6"."end"
      AND "t14"."end" > "t6"."start"
  ) AS "t18"
) AS "t19";

-- table reduced
--   indicator_id: string
--   part: string
--   source: string
--   metric: string
--   entity: string
--   start: date32[day]
--   sum: double
--   mean: double
--   last: double
--   max: double
--   days: double
--   prorated: bool
--   rollover: bool
--   reset: bool
--   implausible: bool
--   corrected: bool
--   retrieved_at: timestamp[us, tz=UTC]
--   known_from: date32[day]
SELECT
  "t2"."indicator_id",
  "t2"."part",
  "t2"."source",
  "t2"."metric",
  "t8"."entity",
  "t8"."start",
  "t8"."sum",
  "t8"."mean",
  "t8"."last",
  "t8"."max",
  "t8"."days",
  "t8"."prorated",
  "t8"."rollover",
  "t8"."reset",
  "t8"."implausible",
  "t8"."corrected",
  "t8"."retrieved_at",
  "t8"."known_from"
FROM (
  SELECT
    *
  FROM (
    SELECT
      "t4"."part_id",
      "t4"."entity",
      "t4"."start",
      SUM(
        "t4"."value" * (
          CAST(DATE_DIFF('DAY', "t4"."first", "t4"."last") AS DOUBLE) / NULLIF(CAST(DATE_DIFF('DAY', "t4"."span_start", "t4"."span_end") AS DOUBLE), 0.0)
        )
      ) AS "sum",
      SUM("t4"."value" * CAST(DATE_DIFF('DAY', "t4"."first", "t4"."last") AS DOUBLE)) / SUM(CAST(DATE_DIFF('DAY', "t4"."first", "t4"."last") AS DOUBLE)) FILTER(WHERE
        "t4"."value" IS NOT NULL) AS "mean",
      FIRST(
        "t4"."value" ORDER BY (
          DATE_DIFF('DAY', MAKE_DATE(1, 1, 1), "t4"."span_start") * 1000000
        ) + DATE_DIFF('DAY', "t4"."span_start", "t4"."span_end") DESC
      ) AS "last",
      MAX("t4"."value") AS "max",
      COALESCE(
        SUM(CAST(DATE_DIFF('DAY', "t4"."first", "t4"."last") AS DOUBLE)) FILTER(WHERE
          "t4"."value" IS NOT NULL),
        0.0
      ) AS "days",
      BOOL_OR(
        CAST((
          (
            CAST(DATE_DIFF('DAY', "t4"."first", "t4"."last") AS DOUBLE) / NULLIF(CAST(DATE_DIFF('DAY', "t4"."span_start", "t4"."span_end") AS DOUBLE), 0.0)
          ) < 1
        )
        AND (
          "t4"."value" IS NOT NULL
        ) AS BOOLEAN)
      ) AS "prorated",
      BOOL_OR(CAST("t4"."rollover" AS BOOLEAN)) AS "rollover",
      BOOL_OR(CAST("t4"."reset" AS BOOLEAN)) AS "reset",
      BOOL_OR(CAST("t4"."implausible" AS BOOLEAN)) AS "implausible",
      BOOL_OR(CAST("t4"."corrected" AS BOOLEAN)) AS "corrected",
      MAX("t4"."retrieved_at") AS "retrieved_at",
      MIN("t4"."span_start") FILTER(WHERE
        "t4"."value" IS NOT NULL) AS "known_from"
    FROM (
      SELECT
        *
      FROM "placed" AS "t1"
      WHERE
        NOT (
          "t1"."items"
        )
    ) AS "t4"
    GROUP BY
      1,
      2,
      3
  ) AS "t6"
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      "t3"."part_id",
      "t3"."entity",
      "t3"."start",
      SUM(
        "t3"."value" * (
          CAST(DATE_DIFF('DAY', "t3"."first", "t3"."last") AS DOUBLE) / NULLIF(CAST(DATE_DIFF('DAY', "t3"."span_start", "t3"."span_end") AS DOUBLE), 0.0)
        )
      ) AS "sum",
      SUM("t3"."value" * CAST(DATE_DIFF('DAY', "t3"."first", "t3"."last") AS DOUBLE)) / SUM(CAST(DATE_DIFF('DAY', "t3"."first", "t3"."last") AS DOUBLE)) FILTER(WHERE
        "t3"."value" IS NOT NULL) AS "mean",
      FIRST(
        "t3"."value" ORDER BY {'start': "t3"."span_start", 'end': "t3"."span_end", 'entity': "t3"."own_entity"} DESC
      ) AS "last",
      MAX("t3"."value") AS "max",
      COALESCE(
        SUM(CAST(DATE_DIFF('DAY', "t3"."first", "t3"."last") AS DOUBLE)) FILTER(WHERE
          "t3"."value" IS NOT NULL),
        0.0
      ) AS "days",
      BOOL_OR(
        CAST((
          (
            CAST(DATE_DIFF('DAY', "t3"."first", "t3"."last") AS DOUBLE) / NULLIF(CAST(DATE_DIFF('DAY', "t3"."span_start", "t3"."span_end") AS DOUBLE), 0.0)
          ) < 1
        )
        AND (
          "t3"."value" IS NOT NULL
        ) AS BOOLEAN)
      ) AS "prorated",
      BOOL_OR(CAST("t3"."rollover" AS BOOLEAN)) AS "rollover",
      BOOL_OR(CAST("t3"."reset" AS BOOLEAN)) AS "reset",
      BOOL_OR(CAST("t3"."implausible" AS BOOLEAN)) AS "implausible",
      BOOL_OR(CAST("t3"."corrected" AS BOOLEAN)) AS "corrected",
      MAX("t3"."retrieved_at") AS "retrieved_at",
      MIN("t3"."span_start") FILTER(WHERE
        "t3"."value" IS NOT NULL) AS "known_from"
    FROM (
      SELECT
        *
      FROM "placed" AS "t1"
      WHERE
        "t1"."items"
    ) AS "t3"
    GROUP BY
      1,
      2,
      3
  ) AS "t5"
) AS "t8"
INNER JOIN "labels" AS "t2"
  ON "t8"."part_id" = "t2"."part_id";

-- result
--   indicator_id: string
--   part: string
--   source: string
--   metric: string
--   entity: string
--   start: date32[day]
--   sum: double
--   mean: double
--   last: double
--   max: double
--   days: double
--   prorated: bool
--   rollover: bool
--   reset: bool
--   implausible: bool
--   corrected: bool
--   retrieved_at: timestamp[us, tz=UTC]
SELECT
  "t0".*
  EXCLUDE ("known_from")
FROM "reduced" AS "t0";

-- result
--   indicator_id: string
--   part: string
--   source: string
--   metric: string
--   entity: string
--   start: date32[day]
--   closed_covered: double
SELECT
  "t3"."indicator_id",
  "t3"."part",
  "t3"."source",
  "t3"."metric",
  "t19"."entity",
  "t19"."start",
  "t19"."closed_covered"
FROM (
  SELECT
    "t17"."part_id",
    "t17"."entity",
    "t17"."start",
    CAST(COUNT(*) AS DOUBLE) AS "closed_covered"
  FROM (
    SELECT
      *
    FROM (
      SELECT
        "t11"."part_id",
        "t11"."entity",
        "t11"."start"
      FROM (
        SELECT
          *
        FROM "placed" AS "t1"
        WHERE
          "t1"."value" IS NOT NULL
          AND CAST(DATE_DIFF('DAY', "t1"."first", "t1"."last") AS DOUBLE) <> 1.0
      ) AS "t11"
      INNER JOIN "closed" AS "t4"
        ON "t11"."first" <= "t4"."day"
        AND "t11"."last" > "t4"."day"
        AND (
          (
            "t4"."entity" = ''
          ) OR (
            "t4"."entity" = "t11"."own_entity"
          )
        )
    ) AS "t15"
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t12"."part_id",
          "t12"."entity",
          "t12"."start"
        FROM (
          SELECT
            *
          FROM "placed" AS "t1"
          WHERE
            "t1"."value" IS NOT NULL
            AND CAST(DATE_DIFF('DAY', "t1"."first", "t1"."last") AS DOUBLE) = 1.0
        ) AS "t12"
        INNER JOIN (
          SELECT
            *
          FROM "closed" AS "t2"
          WHERE
            "t2"."entity" = ''
        ) AS "t7"
          ON "t12"."first" = "t7"."day"
      ) AS "t13"
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          "t12"."part_id",
          "t12"."entity",
          "t12"."start"
        FROM (
          SELECT
            *
          FROM "placed" AS "t1"
          WHERE
            "t1"."value" IS NOT NULL
            AND CAST(DATE_DIFF('DAY', "t1"."first", "t1"."last") AS DOUBLE) = 1.0
        ) AS "t12"
        INNER JOIN (
          SELECT
            *
          FROM "closed" AS "t2"
          WHERE
            "t2"."entity" <> ''
        ) AS "t8"
          ON "t12"."first" = "t8"."day" AND "t12"."own_entity" = "t8"."entity"
      ) AS "t14"
    ) AS "t16"
  ) AS "t17"
  GROUP BY
    1,
    2,
    3
) AS "t19"
INNER JOIN "labels" AS "t3"
  ON "t19"."part_id" = "t3"."part_id";

-- result
--   indicator_id: string
--   start: date32[day]
--   flag: string
SELECT DISTINCT
  "t7"."indicator_id",
  "t7"."start",
  "t7"."flag"
FROM (
  SELECT
    "t2"."indicator_id",
    "t2"."part",
    "t2"."source",
    "t2"."metric",
    "t6"."start",
    "t6"."flag"
  FROM (
    SELECT DISTINCT
      *
    FROM (
      SELECT
        "t3"."part_id",
        "t3"."start",
        UNNEST("t3"."flags") AS "flag"
      FROM (
        SELECT
          *
        FROM "placed" AS "t1"
        WHERE
          ARRAY_LENGTH("t1"."flags") > 0
      ) AS "t3"
    ) AS "t4"
  ) AS "t6"
  INNER JOIN "labels" AS "t2"
    ON "t6"."part_id" = "t2"."part_id"
) AS "t7";

-- result
--   indicator_id: string
--   start: date32[day]
--   pull_id: string
SELECT DISTINCT
  "t5"."indicator_id",
  "t5"."start",
  "t5"."pull_id"
FROM (
  SELECT
    "t2"."indicator_id",
    "t2"."part",
    "t2"."source",
    "t2"."metric",
    "t4"."start",
    "t4"."pull_id"
  FROM (
    SELECT DISTINCT
      "t0"."part_id",
      "t0"."start",
      "t0"."pull_id"
    FROM "placed" AS "t0"
    WHERE
      "t0"."value" IS NOT NULL
  ) AS "t4"
  INNER JOIN "labels" AS "t2"
    ON "t4"."part_id" = "t2"."part_id"
) AS "t5";

-- result
--   indicator_id: string
--   part: string
--   source: string
--   metric: string
--   entity: string
--   first: date32[day]
SELECT
  "t1"."indicator_id",
  "t1"."part",
  "t1"."source",
  "t1"."metric",
  "t1"."entity",
  MIN("t1"."known_from") AS "first"
FROM (
  SELECT
    *
  FROM "reduced" AS "t0"
  WHERE
    "t0"."known_from" IS NOT NULL
) AS "t1"
GROUP BY
  1,
  2,
  3,
  4,
  5;

-- result
--   indicator_id: string
--   part: string
--   source: string
--   metric: string
--   entity: string
--   weekday: int64
--   mean: double
--   days: int64
WITH "t8" AS (
  SELECT
    "t7"."part_id",
    "t7"."entity",
    "t7"."own_entity",
    "t7"."items",
    "t7"."start",
    "t7"."span_start",
    "t7"."span_end",
    "t7"."first",
    "t7"."last",
    "t7"."value",
    "t7"."flags",
    "t7"."retrieved_at",
    "t7"."pull_id",
    "t7"."rollover",
    "t7"."reset",
    "t7"."implausible",
    "t7"."corrected"
  FROM (
    SELECT
      *
    FROM "placed" AS "t1"
    WHERE
      "t1"."value" IS NOT NULL
      AND DATE_DIFF('DAY', "t1"."span_start", "t1"."span_end") = 1
  ) AS "t7"
  ANTI JOIN (
    SELECT
      "t2"."entity" AS "closed_entity",
      "t2"."day"
    FROM "closed" AS "t2"
  ) AS "t5"
    ON "t7"."first" = "t5"."day"
    AND (
      (
        "t5"."closed_entity" = ''
      ) OR (
        "t5"."closed_entity" = "t7"."own_entity"
      )
    )
)
SELECT
  "t3"."indicator_id",
  "t3"."part",
  "t3"."source",
  "t3"."metric",
  "t16"."entity",
  "t16"."weekday",
  "t16"."mean",
  "t16"."days"
FROM (
  SELECT
    "t14"."part_id",
    "t14"."entity",
    "t14"."weekday",
    AVG("t14"."value") AS "mean",
    COUNT(*) AS "days"
  FROM (
    SELECT
      *
    FROM (
      SELECT
        "t9"."part_id",
        "t9"."entity",
        CAST((
          DAYOFWEEK("t9"."first") + 6
        ) % 7 AS BIGINT) AS "weekday",
        "t9"."value"
      FROM "t8" AS "t9"
      WHERE
        NOT (
          "t9"."items"
        )
    ) AS "t10"
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        "t12"."part_id",
        "t12"."entity",
        "t12"."weekday",
        "t12"."value"
      FROM (
        SELECT
          "t11"."part_id",
          "t11"."entity",
          "t11"."first",
          "t11"."weekday",
          SUM("t11"."value") AS "value"
        FROM (
          SELECT
            "t9"."part_id",
            "t9"."entity",
            "t9"."own_entity",
            "t9"."items",
            "t9"."start",
            "t9"."span_start",
            "t9"."span_end",
            "t9"."first",
            "t9"."last",
            "t9"."value",
            "t9"."flags",
            "t9"."retrieved_at",
            "t9"."pull_id",
            "t9"."rollover",
            "t9"."reset",
            "t9"."implausible",
            "t9"."corrected",
            CAST((
              DAYOFWEEK("t9"."first") + 6
            ) % 7 AS BIGINT) AS "weekday"
          FROM "t8" AS "t9"
          WHERE
            "t9"."items"
        ) AS "t11"
        GROUP BY
          1,
          2,
          3,
          4
      ) AS "t12"
    ) AS "t13"
  ) AS "t14"
  GROUP BY
    1,
    2,
    3
) AS "t16"
INNER JOIN "labels" AS "t3"
  ON "t16"."part_id" = "t3"."part_id";
